import { type ReactNode, useId } from 'react';

/** One part of the comparison, with its sum beside its title. */
export function Part(props: {
  readonly title: string;
  readonly sum?: ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-2.5">
      <header className="flex flex-wrap items-baseline gap-x-3">
        <h2 id={id} className="font-semibold">
          {props.title}
        </h2>
        {props.sum !== undefined && <p className="text-ink-2 tabular-nums">{props.sum}</p>}
      </header>
      {props.children}
    </section>
  );
}

/** How much more or less it became, for a column of figures. More is not worse, so it has no colour of good and bad. */
export function Delta(props: { readonly text: string | null }) {
  if (props.text === null) return <span className="text-ink-3">–</span>;
  return props.text === 'the same' ? (
    <span className="text-ink-3">same</span>
  ) : (
    <span className="font-medium">{props.text}</span>
  );
}
