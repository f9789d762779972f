import { PageHeader } from '#app/_components/page-header.tsx';
import { Skeleton } from '#app/_components/skeleton.tsx';

/** The places of the rows, on the first paint only. */
export default function HistoryLoading() {
  return (
    <>
      <PageHeader title="Builds" />
      <div aria-hidden className="px-6 max-md:px-4">
        <div className="flex items-center gap-4 py-5">
          <Skeleton className="h-control-sm w-[264px]" />
          <Skeleton className="h-control-sm w-52 max-md:hidden" />
        </div>
        {widths.map((width, index) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: places are nothing but their order.
            key={index}
            className="grid h-row grid-cols-[96px_minmax(0,1fr)_72px] items-center gap-4 border-t border-line"
          >
            <Skeleton className="w-18" />
            <Skeleton className={width} />
            <Skeleton className="w-12 justify-self-end" />
          </div>
        ))}
      </div>
    </>
  );
}

const widths = ['w-2/3', 'w-4/5', 'w-1/2', 'w-3/4', 'w-3/5', 'w-2/3', 'w-1/2', 'w-4/5'];
