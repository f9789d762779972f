'use client';

import { useState, useTransition } from 'react';
import { ConfirmDialog } from '#app/_components/alert-dialog.tsx';
import { askForRefusal } from '#app/_components/ask-action.ts';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { useToast } from '#app/_components/toast.tsx';
import type { ActionFailure } from '../action-failure.ts';
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
      const refused = await askForRefusal(`${secret.name} was not deleted`, () => deleteSecret(secret.id));
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
      <div className="mt-3 empty:hidden">
        <FailureNote failure={failure?.report ?? null} />
      </div>
    </ConfirmDialog>
  );
}
