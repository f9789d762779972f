import { PageHeader } from '#app/_components/page-header.tsx';
import { Skeleton } from '#app/_components/skeleton.tsx';

export default function SettingsLoading() {
  return (
    <>
      <PageHeader title="Settings" />
      <div
        className="grid max-w-[880px] gap-10 px-6 py-4 max-md:px-4"
        role="status"
        aria-label="Loading settings"
      >
        {['w-40', 'w-56', 'w-32'].map((width) => (
          <div key={width} className="grid grid-cols-[220px_minmax(0,1fr)] gap-8 max-lg:grid-cols-1">
            <Skeleton className="w-24" />
            <div className="grid gap-4">
              <Skeleton className={width} />
              <Skeleton className="w-80 max-w-full" />
            </div>
          </div>
        ))}
      </div>
    </>
  );
}
