'use client';

import { useState, useTransition } from 'react';
import { ConfirmDialog } from '#app/_components/alert-dialog.tsx';
import { askForReport } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { formatBytes, formatCountOf } from '#lib/builds/format.ts';
import type { ErrorReport } from '#lib/errors/report.ts';
import type { CollectionRow, DueFacts } from '#lib/store/types.ts';
import { collectNow } from '../actions.ts';
import { isUnderWay } from './under-way.ts';

/** Asks the workers to collect now, after saying what goes and what is kept. */
export function CollectButton(props: { readonly due: DueFacts; readonly newest: CollectionRow | null }) {
  const [isAsking, setAsking] = useState(false);
  const [failure, setFailure] = useState<ErrorReport | null>(null);
  const [isPending, startTransition] = useTransition();
  const { due, newest } = props;

  function confirm() {
    startTransition(async () => {
      const problem = await askForReport('Nothing was collected', collectNow);
      setFailure(problem);
      if (problem === null) setAsking(false);
    });
  }

  return (
    <>
      <Button onClick={() => setAsking(true)} isBusy={isUnderWay(newest)} busyLabel="Collecting">
        Collect now
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={(isOpen) => {
          setFailure(null);
          setAsking(isOpen);
        }}
        title="Collect now"
        confirmLabel="Collect now"
        cancelLabel="Keep everything"
        variant="primary"
        isBusy={isPending}
        busyLabel="Asking"
        onConfirm={confirm}
      >
        <p>
          {due.images === 0
            ? 'No image would go now. What goes are blobs of no image, and downloads that stood still for a week.'
            : `${formatCountOf(due.images, 'image')} of all workspaces would go, ${formatBytes(due.freedBytes)}, with blobs of no image and downloads that stood still for a week.`}
        </p>
        <p className="mt-2">
          Every image within the limits is kept, and whatever a running build needs. Builds stay in the
          history; one that needs an image again fetches it again.
        </p>
        <div className="mt-3 empty:hidden">
          <FailureNote failure={failure} />
        </div>
      </ConfirmDialog>
    </>
  );
}
