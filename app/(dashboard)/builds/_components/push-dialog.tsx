'use client';

import { type RefObject, useRef, useState, useTransition } from 'react';
import { Button } from '#app/_components/button.tsx';
import { Dialog } from '#app/_components/dialog.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import type { SecretChoice } from '../new/_components/build-draft.ts';
import type { Refusal } from '../refusal.ts';
import { askToPush } from './ask-server.ts';
import type { PushProposal } from './push-secret.ts';
import { PushTargetFields, usePushTarget } from './push-target-fields.tsx';

export interface PushDialogProps {
  /** Of the build whose image is pushed. */
  readonly number: number;
  readonly proposal: PushProposal;
  readonly secrets: readonly SecretChoice[];
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  /** The push is queued. */
  readonly onStarted: () => void;
}

/** Asks where a build's image goes, and has it pushed there. */
export function PushDialog(props: PushDialogProps) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <Dialog
      title={`Push the image of build ${props.number}`}
      isOpen={props.isOpen}
      onOpenChange={props.onOpenChange}
      initialFocus={field}
    >
      {props.isOpen && <PushForm {...props} field={field} />}
    </Dialog>
  );
}

function PushForm(props: PushDialogProps & { readonly field: RefObject<HTMLInputElement | null> }) {
  const { number, proposal, secrets, onOpenChange, onStarted, field } = props;
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const target = usePushTarget({ secrets, proposal, onEdit: () => setRefusal(null) });
  const [isStarting, start] = useTransition();
  const hasField = Object.keys(refusal?.fields ?? {}).length > 0;

  function push() {
    start(async () => {
      const refused = await askToPush(number, target.input);
      setRefusal(refused);
      if (refused?.fields.reference !== undefined) field.current?.focus();
      if (refused !== null) return;
      onOpenChange(false);
      onStarted();
    });
  }

  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        push();
      }}
    >
      <p className="text-ink-2">
        Only what the registry lacks is sent. Whoever may use the base of an image may push it.
      </p>
      <PushTargetFields ref={field} target={target} secrets={secrets} errors={refusal?.fields ?? {}} />
      {refusal !== null && !hasField && <FailureNote failure={refusal.report} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={() => onOpenChange(false)}>Close</Button>
        <Button type="submit" variant="primary" isBusy={isStarting} busyLabel="Starting">
          Push image
        </Button>
      </div>
    </form>
  );
}
