'use client';

import { useActionState, useState } from 'react';
import { askForForm } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { emptyForm, type FormState } from '#app/_components/form-state.ts';
import { SecretField } from '#app/_components/secret-field.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { submitSignIn } from '../actions.ts';

/** @param props.next the page to go on to, without a fragment, which no server sees */
export function SignInForm(props: { readonly next: string }) {
  const [state, submit, isPending] = useActionState(ask, emptyForm);
  const [password, setPassword] = useState('');
  return (
    <form action={submit} className="grid gap-[18px]" noValidate>
      <input type="hidden" name="next" value={props.next} />
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        defaultValue={state.values.email}
        error={state.errors.email}
        isRequired
        hasAutoFocus
      />
      <SecretField
        label="Password"
        name="password"
        value={password}
        onChange={setPassword}
        error={state.errors.password}
        autoComplete="current-password"
        revealLabel="Show password"
        hasCount={false}
        isRequired
      />
      <FailureNote failure={state.failure} />
      <Button type="submit" variant="primary" size="lg" isFullWidth isBusy={isPending} busyLabel="Signing in">
        Sign in
      </Button>
    </form>
  );
}

const ask = askForForm<FormState>('You are not signed in', (before, form) => {
  // Browsers carry the fragment over to here: it belongs to the page to go on to.
  form.set('next', `${form.get('next')}${window.location.hash}`);
  return submitSignIn(before, form);
});
