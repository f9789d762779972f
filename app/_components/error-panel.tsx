import { CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ErrorReport } from '#lib/errors/report.ts';

export interface ErrorPanelProps {
  readonly report: Pick<ErrorReport, 'what' | 'why' | 'next' | 'code'>;
  /** Evidence, or text to copy. */
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** False for an error that was there when the page was opened: it is read, not announced. */
  readonly isAnnounced?: boolean | undefined;
}

/** What happened, why, and what to do next. Named by its title. */
export function ErrorPanel(props: ErrorPanelProps) {
  const { report, actions } = props;
  return (
    <section
      role={props.isAnnounced === false ? undefined : 'alert'}
      aria-label={report.what}
      className="overflow-hidden rounded-lg border border-bad-line bg-surface"
    >
      <header className="grid grid-cols-[20px_minmax(0,1fr)_auto] max-md:grid-cols-[20px_minmax(0,1fr)] gap-x-3 gap-y-0.5 bg-bad-soft p-4">
        <CircleX className="size-5 text-bad-fg" aria-hidden />
        <h2 className="text-lead wrap-anywhere leading-[1.35] font-semibold tracking-[-0.012em]">
          {report.what}
        </h2>
        <code className="font-mono text-small text-ink-3 wrap-anywhere max-md:col-start-2">
          {report.code}
        </code>
        <div className="col-start-2 col-end-4 max-w-[76ch] max-md:col-end-3 text-body text-ink-2">
          <p>{report.why}</p>
          <p className="mt-1">{report.next}</p>
        </div>
      </header>
      {props.children}
      {actions !== undefined && (
        <footer className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-3">
          {actions}
        </footer>
      )}
    </section>
  );
}
