'use client';

import { ConfirmDialog } from '#app/_components/alert-dialog.tsx';
import { formatPercent } from '#lib/builds/format.ts';
import type { BuildView } from '#lib/builds/types.ts';
import { layerProgress, layersKept } from './stages.ts';

/** Asks before a build is stopped, and says what is kept. */
export function CancelDialog(props: {
  readonly number: number;
  readonly view: BuildView;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly onConfirm: () => void;
}) {
  return (
    <ConfirmDialog
      isOpen={props.isOpen}
      onOpenChange={props.onOpenChange}
      title={`Cancel build ${props.number}`}
      confirmLabel="Cancel build"
      cancelLabel="Keep running"
      onConfirm={props.onConfirm}
    >
      {consequenceOf(props.view)}
    </ConfirmDialog>
  );
}

function consequenceOf(view: BuildView): string {
  if (view.startedAt === null) return 'It has not begun. Nothing was pulled.';
  const { doneBytes, totalBytes, inPlace } = layerProgress(view);
  if (totalBytes === 0) return 'It stops at once. Nothing was pulled.';
  return `The pull stops at ${formatPercent(doneBytes / totalBytes)}. ${layersKept(inPlace)}, so a re-run starts from there.`;
}
