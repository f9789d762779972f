'use client';

import { Pencil, Upload } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type RefObject, useRef, useState, useTransition } from 'react';
import { Button } from '#app/_components/button.tsx';
import { Dialog } from '#app/_components/dialog.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { Switch } from '#app/_components/switch.tsx';
import type { PushTarget } from '#lib/push/types.ts';
import { askToSaveTarget } from '../../../builds/_components/ask-server.ts';
import { PushDialog } from '../../../builds/_components/push-dialog.tsx';
import type { PushProposal } from '../../../builds/_components/push-secret.ts';
import { PushTargetFields, usePushTarget } from '../../../builds/_components/push-target-fields.tsx';
import type { SecretChoice } from '../../../builds/new/_components/build-draft.ts';
import type { Refusal } from '../../../builds/refusal.ts';

export interface PushTargetPanelProps {
  readonly name: string;
  readonly target: PushTarget | null;
  /** The newest build that succeeded: what is pushed by hand. */
  readonly newest: number | null;
  readonly proposal: PushProposal;
  readonly secrets: readonly SecretChoice[];
}

/** Where an image goes: after each build, or by hand. */
export function PushTargetPanel(props: PushTargetPanelProps) {
  const { name, target, newest, secrets } = props;
  const router = useRouter();
  const [isPushing, setPushing] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  return (
    <section aria-labelledby="push-heading">
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <h2 id="push-heading" className="mr-auto font-semibold">
          Push
        </h2>
        <Button size="sm" icon={<Pencil />} onClick={() => setEditing(true)}>
          {target === null ? 'Set a target' : 'Change target'}
        </Button>
        <Button
          size="sm"
          icon={<Upload />}
          onClick={() => setPushing(true)}
          disabledReason={newest === null ? 'No build of this image has succeeded yet' : undefined}
        >
          Push
        </Button>
      </div>
      {target === null ? (
        <p className="text-ink-3">
          Builds stay here. With a target they are brought to your own registry, each one or when you say so.
        </p>
      ) : (
        <>
          <ImageReference reference={target.reference} />
          <p className="mt-1 text-small text-ink-3">
            {target.isAutomatic ? 'After each build that succeeds' : 'By hand alone'},{' '}
            {target.secretName === null ? 'without a secret' : `with the secret ${target.secretName}`}.
          </p>
        </>
      )}
      <Dialog title={`Where ${name} goes`} isOpen={isEditing} onOpenChange={setEditing} initialFocus={field}>
        {isEditing && <TargetForm {...props} field={field} onDone={() => setEditing(false)} />}
      </Dialog>
      {newest !== null && (
        <PushDialog
          number={newest}
          proposal={props.proposal}
          secrets={secrets}
          isOpen={isPushing}
          onOpenChange={setPushing}
          onStarted={() => router.push(`/builds/${newest}`)}
        />
      )}
    </section>
  );
}

interface TargetFormProps extends PushTargetPanelProps {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onDone: () => void;
}

function TargetForm({ name, target, proposal, secrets, field, onDone }: TargetFormProps) {
  const router = useRouter();
  const [isAutomatic, setAutomatic] = useState(target?.isAutomatic ?? true);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const fields = usePushTarget({ secrets, proposal, onEdit: () => setRefusal(null) });
  const [isSaving, save] = useTransition();
  const hasField = Object.keys(refusal?.fields ?? {}).length > 0;

  function keep(isRemoved: boolean) {
    save(async () => {
      const refused = await askToSaveTarget(name, isRemoved ? null : { ...fields.input, isAutomatic });
      setRefusal(refused);
      if (refused?.fields.reference !== undefined) field.current?.focus();
      if (refused !== null) return;
      onDone();
      router.refresh();
    });
  }

  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        keep(false);
      }}
    >
      <PushTargetFields ref={field} target={fields} secrets={secrets} errors={refusal?.fields ?? {}} />
      <Switch
        label="Push after each build that succeeds"
        isOn={isAutomatic}
        onChange={setAutomatic}
        className="-ml-2 w-max"
      />
      {refusal !== null && !hasField && <FailureNote failure={refusal.report} />}
      <div className="flex flex-wrap justify-end gap-2">
        {target !== null && (
          <Button variant="ghost" onClick={() => keep(true)} className="mr-auto">
            Remove target
          </Button>
        )}
        <Button onClick={onDone}>Close</Button>
        <Button type="submit" variant="primary" isBusy={isSaving} busyLabel="Saving">
          Save target
        </Button>
      </div>
    </form>
  );
}
