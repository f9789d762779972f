'use client';

import { useActionState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { emptyForm } from '#app/_components/form-state.ts';
import { TextField } from '#app/_components/text-field.tsx';
import { saveName } from '../actions.ts';
import { useDoneToast } from './use-done-toast.ts';

export function NameForm(props: { readonly name: string }) {
  const [state, submit, isPending] = useActionState(saveName, emptyForm);
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
      <div>
        <Button type="submit" isBusy={isPending} busyLabel="Saving">
          Save name
        </Button>
      </div>
    </form>
  );
}
