'use client';

import { useState, useTransition } from 'react';
import { ConfirmDialog } from '#app/_components/alert-dialog.tsx';
import { Note } from '#app/_components/note.tsx';
import { useToast } from '#app/_components/toast.tsx';
import { type ActionFailure, failureOf } from '../action-failure.ts';
import { deleteSecret } from '../actions.ts';

export interface DeletableSecret {
  readonly id: string;
  readonly name: string;
  readonly versionCount: number;
}

/** Asks before a secret goes, and says why when it cannot. */
export function DeleteDialog(props: {
  readonly secret: DeletableSecret;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly onDeleted: () => void;
}) {
  const { secret, isOpen, onOpenChange, onDeleted } = props;
  const [failure, setFailure] = useState<ActionFailure | null>(null);
  const [isDeleting, startDeleting] = useTransition();
  const toast = useToast();

  function confirm() {
    startDeleting(async () => {
      const refused = await deleteSecret(secret.id).catch(failureOf);
      setFailure(refused);
      if (refused !== null) return;
      onOpenChange(false);
      toast({ text: `${secret.name} is deleted` });
      onDeleted();
    });
  }

  return (
    <ConfirmDialog
      isOpen={isOpen}
      onOpenChange={(next) => {
        setFailure(null);
        onOpenChange(next);
      }}
      title={`Delete ${secret.name}`}
      confirmLabel="Delete secret"
      cancelLabel="Keep secret"
      onConfirm={confirm}
      isBusy={isDeleting}
      busyLabel="Deleting"
    >
      <p>
        {secret.versionCount === 1
          ? 'Its sealed values are deleted from this server for good.'
          : `All ${secret.versionCount} versions of its sealed values are deleted from this server for good.`}{' '}
        Builds in the history keep its name. At the registry the values stay as they are: revoke them there.
      </p>
      {failure !== null && (
        <Note tone="bad" role="alert" className="mt-3">
          <b className="font-medium">{failure.report.what}.</b> {failure.report.why} {failure.report.next}
        </Note>
      )}
    </ConfirmDialog>
  );
}
