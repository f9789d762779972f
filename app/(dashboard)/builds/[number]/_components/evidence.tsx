import type { ReactNode } from 'react';
import { classNames } from '#app/_components/class-names.ts';
import { checkLabels, type PreflightCheck } from '#lib/preflight/schema.ts';
import { CheckDetail } from '../../../_components/check-detail.tsx';
import { checkLooks } from '../../../_components/check-looks.ts';

/** What a build found out at the registry before it failed: what passed, what failed, and in one line what was not tested. */
export function Evidence({ checks }: { checks: readonly PreflightCheck[] }) {
  const made = checks.filter(({ state }) => state === 'passed' || state === 'warned' || state === 'failed');
  const left = checks.filter(({ state }) => state === 'skipped' || state === 'waiting');
  if (made.length === 0) return null;
  return (
    <ul aria-label="Evidence" className="mb-3 grid gap-1.5 text-ink-2">
      {made.map(({ name, state, detail }) => (
        <Row key={name} state={state}>
          <b className="font-medium text-ink">{checkLabels[name]}</b>
          <span className="sr-only"> {checkLooks[state].word}</span>: <CheckDetail text={detail} />
        </Row>
      ))}
      {left.length > 0 && (
        <Row state="skipped">Not tested: {left.map(({ name }) => checkLabels[name]).join(', ')}</Row>
      )}
    </ul>
  );
}

function Row(props: { readonly state: PreflightCheck['state']; readonly children: ReactNode }) {
  const { icon: Icon, ink } = checkLooks[props.state];
  return (
    <li className="grid grid-cols-[16px_minmax(0,1fr)] gap-x-2.5">
      {Icon !== null && <Icon aria-hidden className={classNames('mt-0.5', ink)} />}
      <span className="min-w-0 wrap-anywhere">{props.children}</span>
    </li>
  );
}
