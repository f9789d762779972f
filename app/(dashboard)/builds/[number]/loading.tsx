import { PageHeader } from '#app/_components/page-header.tsx';
import { Skeleton } from '#app/_components/skeleton.tsx';

/** The places of a build's parts while its first page is made. */
export default function BuildLoading() {
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Builds', href: '/' }]}
        title={<Skeleton className="w-12" />}
        isHeading={false}
      />
      <div aria-hidden className="px-6 pt-2 max-md:px-4">
        <Skeleton className="mb-4 h-4 w-80 max-w-full" />
        <div className="flex gap-3.5">
          {['w-20', 'w-28', 'w-24', 'w-44'].map((width) => (
            <Skeleton key={width} className={width} />
          ))}
        </div>
        <div className="mt-6 h-[5px] bg-plate-berth" />
        <div className="mt-10 grid gap-4 border-l-2 border-line-control pl-0.5">
          {['w-3/4', 'w-1/2', 'w-2/3', 'w-1/4'].map((width) => (
            <Skeleton key={width} className={`${width} h-[18px]`} />
          ))}
        </div>
      </div>
    </>
  );
}
