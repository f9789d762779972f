import type { ReactNode } from 'react';

export interface EmptyStateProps {
  /** One line of fact. */
  readonly title: string;
  /** One line of what comes. */
  readonly text: ReactNode;
  /** One or two buttons. */
  readonly actions?: ReactNode;
  /** Where it is the whole page, its title is the page's. */
  readonly isPage?: boolean | undefined;
}

export function EmptyState(props: EmptyStateProps) {
  const Heading = props.isPage ? 'h1' : 'h2';
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] justify-items-center gap-1.5 px-6 py-12 text-center">
      <svg viewBox="0 0 112 44" className="mb-2 h-11 w-28" aria-hidden="true">
        <path d="M1 0v44" className="stroke-line-control" strokeWidth="2" />
        {places.map(([x, y, width]) => (
          <path
            key={y}
            d={`M${x + 3} ${y}h${width}l-3 8h-${width}z`}
            fill="none"
            className="stroke-plate-waiting"
            strokeWidth="1.25"
          />
        ))}
      </svg>
      <Heading className="text-body font-semibold wrap-anywhere">{props.title}</Heading>
      <p className="max-w-[44ch] text-ink-3">{props.text}</p>
      {props.actions !== undefined && (
        <div className="mt-2.5 flex flex-wrap justify-center gap-2">{props.actions}</div>
      )}
    </div>
  );
}

/** Three plates that wait up the slope: x, y, width. */
const places = [
  [8, 4, 42],
  [24, 18, 58],
  [40, 32, 34],
] as const;
