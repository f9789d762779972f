import { PageHeader } from '#app/_components/page-header.tsx';
import { Skeleton } from '#app/_components/skeleton.tsx';

export default function StorageLoading() {
  return (
    <>
      <PageHeader title="Storage" />
      <div className="grid gap-1 px-6 py-4 max-md:px-4" role="status" aria-label="Loading storage">
        {['w-72', 'w-96', 'w-64', 'w-80'].map((width) => (
          <div key={width} className="flex h-[52px] items-center border-b border-line">
            <Skeleton className={`${width} max-w-full`} />
          </div>
        ))}
      </div>
    </>
  );
}
