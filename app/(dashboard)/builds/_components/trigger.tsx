import { MousePointerClick, RotateCcw } from 'lucide-react';
import type { BuildHead } from '#lib/builds/types.ts';

/** What set a build off, as icon and word. */
export function Trigger(props: { readonly build: Pick<BuildHead, 'trigger' | 'rerunOf'> }) {
  const { trigger, rerunOf } = props.build;
  const Icon = trigger === 'rerun' ? RotateCcw : MousePointerClick;
  return (
    <span className="inline-flex items-center gap-1.5 align-middle text-ink-2">
      <Icon className="size-3.5 text-ink-3" aria-hidden />
      {trigger === 'rerun' ? <span title={rerunTitle(rerunOf)}>Re-run</span> : 'Manual'}
    </span>
  );
}

function rerunTitle(rerunOf: number | null): string | undefined {
  return rerunOf === null ? undefined : `Re-run of #${rerunOf}`;
}
