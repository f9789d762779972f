'use client';

import { useActionState } from 'react';
import { askForForm } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { emptyForm } from '#app/_components/form-state.ts';
import { TextField } from '#app/_components/text-field.tsx';
import { AccountFields } from '../../_components/account-fields.tsx';
import { submitSetUp } from '../actions.ts';

export function SetUpForm() {
  const [state, submit, isPending] = useActionState(ask, emptyForm);
  return (
    <form action={submit} className="grid gap-[18px]" noValidate>
      <TextField
        label="Set-up code"
        name="code"
        isMono
        autoComplete="one-time-code"
        placeholder="XXXX-XXXX-XXXX"
        defaultValue={state.values.code}
        error={state.errors.code}
        hint="Printed in the terminal or log of slipway start, anew at each start."
        isRequired
        hasAutoFocus
      />
      <AccountFields state={state} />
      <FailureNote failure={state.failure} />
      <Button type="submit" variant="primary" size="lg" isFullWidth isBusy={isPending} busyLabel="Creating">
        Create owner and continue
      </Button>
    </form>
  );
}

const ask = askForForm('The owner was not created', submitSetUp);
