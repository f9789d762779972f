'use client';

import { useActionState } from 'react';
import { askForForm } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { emptyForm } from '#app/_components/form-state.ts';
import { TextField } from '#app/_components/text-field.tsx';
import { saveName } from '../actions.ts';
import { useDoneToast } from './use-done-toast.ts';

export function NameForm(props: { readonly name: string }) {
  const [state, submit, isPending] = useActionState(ask, emptyForm);
  useDoneToast(state, 'Name saved');
  return (
    <form action={submit} className="grid max-w-96 gap-3" noValidate>
      <TextField
        label="Your name"
        name="name"
        autoComplete="name"
        defaultValue={state.values.name ?? props.name}
        error={state.errors.name}
        isRequired
      />
      <FailureNote failure={state.failure} />
      <div>
        <Button type="submit" isBusy={isPending} busyLabel="Saving">
          Save name
        </Button>
      </div>
    </form>
  );
}

const ask = askForForm('Your name was not saved', saveName);
