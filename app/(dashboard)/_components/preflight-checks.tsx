import { classNames } from '#app/_components/class-names.ts';
import { PasteBlock } from '#app/_components/paste-block.tsx';
import { ProgressRing } from '#app/_components/progress-ring.tsx';
import type { ErrorReport } from '#lib/errors/report.ts';
import { checkLabels, type PreflightCheck } from '#lib/preflight/schema.ts';
import { CheckDetail } from './check-detail.tsx';
import { checkLooks } from './check-looks.ts';
import { formatCheckTime } from './preflight-words.ts';

/** Every check with what it found; what went wrong stands below its line, with what to do. */
export function PreflightChecks({ checks }: { checks: readonly PreflightCheck[] }) {
  return (
    <ol aria-label="Checks">
      {checks.map((check) => (
        <li key={check.name} className="border-line not-first:border-t">
          <Line check={check} />
          {check.problem !== undefined && <Problem check={check} problem={check.problem} />}
        </li>
      ))}
    </ol>
  );
}

function Line({ check }: { check: PreflightCheck }) {
  const { icon: Icon, ink, ground, word } = checkLooks[check.state];
  const isAhead = check.state === 'waiting';
  return (
    <div
      className={classNames(
        'grid min-h-8 grid-cols-[16px_112px_minmax(0,1fr)_auto] items-center gap-x-2.5 px-3.5 py-[5px] max-md:grid-cols-[16px_minmax(0,1fr)_auto]',
        ground,
      )}
    >
      {Icon === null ? <ProgressRing share={0.5} /> : <Icon className={ink} aria-hidden />}
      <span className={classNames('font-medium', isAhead && 'text-ink-3')}>
        {checkLabels[check.name]}
        <span className="sr-only">: {word}.</span>
      </span>
      <span
        className={classNames(
          check.state === 'failed' ? 'font-medium' : 'text-ink-2',
          'min-w-0 wrap-anywhere max-md:col-span-2 max-md:col-start-2 max-md:row-start-2 max-md:min-h-lh',
        )}
      >
        <CheckDetail text={check.detail} />
      </span>
      <span className="text-right text-small whitespace-nowrap text-ink-3 tabular-nums max-md:col-start-3 max-md:row-start-1">
        {check.tookMs !== undefined && formatCheckTime(check.tookMs)}
      </span>
    </div>
  );
}

/** What its line does not say yet. */
function Problem({ check, problem }: { readonly check: PreflightCheck; readonly problem: ErrorReport }) {
  const { what, why, next, code, paste } = problem;
  return (
    <div
      className={classNames('grid gap-3 px-3.5 pb-3.5 pl-10 max-md:pl-3.5', checkLooks[check.state].ground)}
    >
      <div className="max-w-[76ch] text-body text-ink-2 wrap-anywhere">
        {what !== check.detail && <p className="font-medium text-ink">{what}</p>}
        <p>{why}</p>
        <p className="mt-1">{next}</p>
        <p className="mt-1 font-mono text-small text-ink-3">{code}</p>
      </div>
      {paste !== undefined && <PasteBlock paste={paste} />}
    </div>
  );
}
