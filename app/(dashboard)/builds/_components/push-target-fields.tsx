'use client';

import Link from 'next/link';
import { type Ref, useState } from 'react';
import { Select } from '#app/_components/select.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import type { PushInput } from '#lib/push/schema.ts';
import { type ReadReference, readReference, sourceNamedBy } from '../../_components/read-reference.ts';
import { type SecretChoice, secretProblem } from '../new/_components/build-draft.ts';
import { noSecret, secretOptions } from '../new/_components/secret-options.tsx';
import { useSettled } from '../new/_components/use-settled.ts';
import { type PushProposal, pushSecretFor } from './push-secret.ts';

/** Where a push goes, as it is typed. */
interface PushTargetDraft {
  readonly text: string;
  /** Undefined while nobody chose: then the proposed one is taken. */
  readonly chosen: string | null | undefined;
}

export interface PushTargetState {
  readonly draft: PushTargetDraft;
  readonly setDraft: (draft: PushTargetDraft) => void;
  /** Says what is wrong with the target, once somebody has stopped typing. */
  readonly settle: () => void;
  readonly read: ReadReference;
  readonly problem: string | undefined;
  readonly secret: SecretChoice | undefined;
  /** What is handed over. */
  readonly input: PushInput;
}

/** The state of the two fields, with what they come to. */
export function usePushTarget(options: {
  readonly secrets: readonly SecretChoice[];
  readonly proposal: PushProposal;
  /** What was said of the fields before is of no interest any more. */
  readonly onEdit: () => void;
}): PushTargetState {
  const { secrets, proposal, onEdit } = options;
  const [draft, setDraft] = useState<PushTargetDraft>({
    text: proposal.start?.reference ?? '',
    chosen: undefined,
  });
  const { isSettled, settle, unsettle } = useSettled(true);
  const read = readReference(draft.text, sourceNamedBy(draft.text) ?? 'docker_hub');
  const secretName = draft.chosen === undefined ? pushSecretFor(secrets, read, proposal) : draft.chosen;
  const secret = secrets.find(({ name }) => name === secretName);
  return {
    draft,
    setDraft: (next) => {
      if (next.text !== draft.text) unsettle();
      setDraft(next);
      onEdit();
    },
    settle,
    read,
    problem: isSettled && read.state === 'problem' ? read.problem : undefined,
    secret,
    input: { reference: draft.text.trim(), secretName: secret?.name ?? null },
  };
}

/** The target of a push and the secret that opens it. */
export function PushTargetFields(props: {
  /** Of the target. */
  readonly ref: Ref<HTMLInputElement>;
  readonly target: PushTargetState;
  readonly secrets: readonly SecretChoice[];
  /** What the server said, by field. */
  readonly errors: Readonly<Record<string, string>>;
}) {
  const { target, secrets, errors } = props;
  const { draft, setDraft, read, secret } = target;
  return (
    <div className="grid gap-4">
      <TextField
        ref={props.ref}
        label="Target"
        value={draft.text}
        onChange={(text) => setDraft({ ...draft, text })}
        onBlur={target.settle}
        placeholder="ghcr.io/team/app:1.4"
        error={errors.reference ?? target.problem}
        hint={hintOf(read)}
        isMono
      />
      <Select
        label="Secret"
        value={secret?.name ?? noSecret}
        onValueChange={(value) => setDraft({ ...draft, chosen: value === noSecret ? null : value })}
        options={secretOptions(secrets, read, 'None')}
        error={errors.secretName ?? secretProblem(secret, read)}
        hint="Its account needs the right to write. Tokens that were made for pulls are often read-only."
        aside={
          <Link
            href="/secrets/new"
            className="text-tide hover:underline touch:-my-3 touch:inline-flex touch:h-touch touch:items-center"
          >
            Add a secret
          </Link>
        }
        isMono
      />
    </div>
  );
}

function hintOf(read: ReadReference): string {
  if (read.state !== 'read') return 'Host, repository and tag. Without a host it is Docker Hub.';
  switch (read.kind) {
    case 'aws':
      return 'ECR makes no repository by itself: it has to be there before the first push.';
    case 'gcp':
      return 'The repository has to be there before the first push. The account needs the role Artifact Registry Writer.';
    default:
      return `Goes to ${read.whole}`;
  }
}
