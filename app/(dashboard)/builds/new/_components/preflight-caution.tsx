import { CircleX } from 'lucide-react';
import { checkLabels } from '#lib/preflight/schema.ts';
import type { PreflightRun } from '../../../_components/use-preflight.ts';

/** The check that a build would stop at; undefined while none is known to fail. */
export function failedCheckOf({ view, isStale }: PreflightRun): string | undefined {
  if (view === null || isStale) return undefined;
  const failed = view.checks.find(({ state }) => state === 'failed');
  return failed && checkLabels[failed.name];
}

/** Said beside the button that starts the build: nothing forbids it. */
export function PreflightCaution({ failedAt }: { failedAt: string }) {
  return (
    <span className="flex gap-1.5 text-bad-fg">
      <CircleX className="mt-[3px] size-3.5" aria-hidden />
      <span>Preflight failed at {failedAt}. A build will stop there until that is mended.</span>
    </span>
  );
}
