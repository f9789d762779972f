'use client';

import { useActionState, useState } from 'react';
import { askForForm } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { emptyForm } from '#app/_components/form-state.ts';
import { AccountFields } from '../../../_components/account-fields.tsx';
import { submitJoin } from '../actions.ts';

export function JoinForm(props: { readonly token: string }) {
  const [ask] = useState(() => askForForm('You have not joined', submitJoin.bind(null, props.token)));
  const [state, submit, isPending] = useActionState(ask, emptyForm);
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
