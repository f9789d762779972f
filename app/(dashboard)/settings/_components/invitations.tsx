'use client';

import { useActionState, useState, useTransition } from 'react';
import { askForForm, askForReport } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { CodeBlock } from '#app/_components/code-block.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { emptyForm } from '#app/_components/form-state.ts';
import { Note } from '#app/_components/note.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { Time } from '#app/_components/time.tsx';
import { useToast } from '#app/_components/toast.tsx';
import type { ErrorReport } from '#lib/errors/report.ts';
import type { InvitationRow } from '#lib/teams/types.ts';
import { type InvitationState, makeInvitation, revoke } from '../actions.ts';

export function Invitations(props: { readonly invitations: readonly InvitationRow[] }) {
  const [state, submit, isPending] = useActionState(askToMake, nothingMade);
  return (
    <>
      <form action={submit} className="grid max-w-96 gap-3" noValidate>
        <TextField
          label="For whom"
          name="note"
          placeholder="Jonas, platform team"
          defaultValue={state.values.note ?? ''}
          error={state.errors.note}
          hint="So that you know the link again. They choose their own name."
          isRequired
        />
        <FailureNote failure={state.failure} />
        <div>
          <Button type="submit" isBusy={isPending} busyLabel="Making link">
            Make invitation link
          </Button>
        </div>
      </form>
      {state.made !== null && (
        <Note tone="ok" role="status">
          <p className="mb-2">
            The link for {state.made.note}. It is shown once: copy it now. Whoever has it can join.
          </p>
          <CodeBlock title="Invitation link" text={state.made.link} copyLabel="Copy invitation link" />
        </Note>
      )}
      <OpenInvitations invitations={props.invitations} />
    </>
  );
}

function OpenInvitations(props: { readonly invitations: readonly InvitationRow[] }) {
  const toast = useToast();
  const [failure, setFailure] = useState<ErrorReport | null>(null);
  const [revoking, setRevoking] = useState<string | null>(null);
  const [isPending, startTransition] = useTransition();
  if (props.invitations.length === 0) return <p className="text-small text-ink-3">No open invitations.</p>;

  function act(row: InvitationRow) {
    setRevoking(row.id);
    startTransition(async () => {
      const problem = await askForReport('The link was not revoked', () => revoke(row.id));
      setFailure(problem);
      if (problem === null) toast({ text: `Link for ${row.note} revoked` });
    });
  }

  return (
    <>
      <FailureNote failure={failure} />
      <ul aria-label="Open invitations" className="border-t border-line">
        {props.invitations.map((row) => (
          <li key={row.id} className="flex min-h-[52px] items-center gap-3 border-b border-line py-1.5">
            <span className="grid min-w-0 flex-1">
              <span className="cut font-medium">{row.note}</span>
              <span className="text-small text-ink-3">
                Made by {row.createdByName}, until <Time at={row.expiresAt} format="date" />
              </span>
            </span>
            <Button
              size="sm"
              variant="stop"
              aria-label={`Revoke the link for ${row.note}`}
              isBusy={isPending && revoking === row.id}
              busyLabel="Revoking"
              onClick={() => act(row)}
            >
              Revoke
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

const askToMake = askForForm('No link was made', makeInvitation);
const nothingMade: InvitationState = { ...emptyForm, made: null };
