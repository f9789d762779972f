'use client';

import { useActionState } from 'react';
import { askForForm } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { emptyForm } from '#app/_components/form-state.ts';
import { NewPasswordField } from '#app/_components/new-password-field.tsx';
import { SecretField } from '#app/_components/secret-field.tsx';
import { savePassword } from '../actions.ts';
import { useDoneToast } from './use-done-toast.ts';

export function PasswordForm(props: { readonly email: string }) {
  const [state, submit, isPending] = useActionState(ask, emptyForm);
  useDoneToast(state, 'Password changed');
  return (
    // Anew after each change, so that no password stays in the fields.
    <form key={state.doneCount} action={submit} className="grid max-w-96 gap-4" noValidate>
      {/* For password managers, which want to know whose password it is. */}
      <input type="text" name="username" autoComplete="username" defaultValue={props.email} readOnly hidden />
      <SecretField
        label="Present password"
        name="currentPassword"
        error={state.errors.currentPassword}
        autoComplete="current-password"
        revealLabel="Show present password"
        hasCount={false}
        isRequired
      />
      <NewPasswordField label="New password" name="newPassword" error={state.errors.newPassword} />
      <FailureNote failure={state.failure} />
      <div>
        <Button type="submit" isBusy={isPending} busyLabel="Changing">
          Change password
        </Button>
      </div>
    </form>
  );
}

const ask = askForForm('The password was not changed', savePassword);
