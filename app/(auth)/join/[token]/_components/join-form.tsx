'use client';

import { useActionState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { emptyForm } from '#app/_components/form-state.ts';
import { AccountFields } from '../../../_components/account-fields.tsx';
import { submitJoin } from '../actions.ts';

export function JoinForm(props: { readonly token: string }) {
  const [state, submit, isPending] = useActionState(submitJoin.bind(null, props.token), emptyForm);
  return (
    <form action={submit} className="grid gap-[18px]" noValidate>
      <AccountFields state={state} />
      <FailureNote failure={state.failure} />
      <Button type="submit" variant="primary" size="lg" isFullWidth isBusy={isPending} busyLabel="Joining">
        Join workspace
      </Button>
    </form>
  );
}
