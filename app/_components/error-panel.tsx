import { CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ErrorReport } from '#lib/errors/report.ts';
import { classNames } from './class-names.ts';
import { PasteBlock } from './paste-block.tsx';

export interface ErrorPanelProps {
  readonly report: Pick<ErrorReport, 'what' | 'why' | 'next' | 'code' | 'paste'>;
  /** Evidence. */
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** False for an error that was there when the page was opened: it is read, not announced. */
  readonly isAnnounced?: boolean | undefined;
}

/** What happened, why, and what to do next, with the exact thing to paste where there is one. Named by its title. */
export function ErrorPanel(props: ErrorPanelProps) {
  const { report, children, actions } = props;
  const { paste } = report;
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
      {(children !== undefined || paste !== undefined) && (
        <div
          className={classNames(
            'grid grid-cols-[minmax(0,1fr)]',
            children !== undefined && paste !== undefined && 'md:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]',
          )}
        >
          {children !== undefined && <div className="min-w-0 p-4">{children}</div>}
          {paste !== undefined && (
            <div className="min-w-0 border-line p-4 not-first:border-t md:not-first:border-t-0 md:not-first:border-l">
              <PasteBlock paste={paste} />
            </div>
          )}
        </div>
      )}
      {actions !== undefined && (
        <footer className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-3">
          {actions}
        </footer>
      )}
    </section>
  );
}
