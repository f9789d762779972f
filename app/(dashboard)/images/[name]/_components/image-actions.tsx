'use client';

import { useRouter } from 'next/navigation';
import { useState, useTransition } from 'react';
import { ConfirmDialog } from '#app/_components/alert-dialog.tsx';
import { askForRefusal } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { Menu } from '#app/_components/menu.tsx';
import { useToast } from '#app/_components/toast.tsx';
import { useComplaint } from '#app/_components/use-complaint.ts';
import type { CachePolicy } from '#lib/images/step-plan.ts';
import { askToBuild } from '../../../builds/_components/ask-server.ts';
import { deleteImage } from '../../actions.ts';

/** Builds an image, with the cache or without it, and deletes it. */
export function ImageActions({ name }: { readonly name: string }) {
  const router = useRouter();
  const toast = useToast();
  const complain = useComplaint();
  const [isAsking, setAsking] = useState(false);
  const [isStarting, startBuilding] = useTransition();
  const [isDeleting, startDeleting] = useTransition();

  function build(cache: CachePolicy) {
    startBuilding(async () => complain((await askToBuild({ name, cache })).report));
  }

  function remove() {
    startDeleting(async () => {
      const refused = await askForRefusal(`${name} was not deleted`, () => deleteImage(name));
      setAsking(false);
      if (refused !== null) return complain(refused.report);
      toast({ text: `${name} is deleted` });
      router.push('/images');
    });
  }

  return (
    <div className="flex gap-2">
      <Button variant="primary" isBusy={isStarting} busyLabel="Starting" onClick={() => build('use')}>
        Build
      </Button>
      <Menu
        label="More actions"
        variant="outline"
        items={[
          { label: 'Build again from the first step', onSelect: () => build('force') },
          { label: 'Build and leave the cache alone', onSelect: () => build('ignore') },
          'separator',
          { label: 'Delete image', tone: 'bad', onSelect: () => setAsking(true) },
        ]}
      />
      <ConfirmDialog
        isOpen={isAsking}
        onOpenChange={setAsking}
        title={`Delete ${name}`}
        confirmLabel="Delete image"
        cancelLabel="Keep image"
        onConfirm={remove}
        isBusy={isDeleting}
        busyLabel="Deleting"
      >
        <p>Its revisions are deleted for good. Builds stay in the history, under its name.</p>
      </ConfirmDialog>
    </div>
  );
}
