import type { ReactNode } from 'react';

/** The pane beside the form: where the values come from, and the smallest right they need. */
export function Guide({ title, note, children }: { title: string; note: ReactNode; children: ReactNode }) {
  return (
    <aside
      aria-label="Help for this type"
      className="min-w-0 border-line border-t bg-surface-sunken lg:rounded-br-lg lg:border-t-0 lg:border-l"
    >
      <div className="top-0 grid grid-cols-[minmax(0,1fr)] gap-3.5 px-4 py-5 lg:sticky lg:pr-4 lg:pl-5">
        <div>
          <h2 className="mb-1 font-semibold">{title}</h2>
          <p className="text-ink-3">{note}</p>
        </div>
        {children}
      </div>
    </aside>
  );
}

/** Numbered acts, in order. */
export function GuideSteps({ children }: { children: ReactNode }) {
  return <ol className="grid list-inside list-decimal gap-1.5 text-ink-2">{children}</ol>;
}

/** A page of somebody else's, in a tab of its own so that nothing typed here is lost. */
export function GuideLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer"
      className="text-tide underline decoration-tide-line underline-offset-3 hover:decoration-tide"
    >
      {children}
    </a>
  );
}
