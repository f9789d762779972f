'use client';

import type { FormState } from '#app/_components/form-state.ts';
import { NewPasswordField } from '#app/_components/new-password-field.tsx';
import { TextField } from '#app/_components/text-field.tsx';

/** What every new account needs. */
export function AccountFields(props: { readonly state: FormState }) {
  const { values, errors } = props.state;
  return (
    <>
      <TextField
        label="Your name"
        name="name"
        autoComplete="name"
        defaultValue={values.name}
        error={errors.name}
        isRequired
      />
      <TextField
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        defaultValue={values.email}
        error={errors.email}
        isRequired
      />
      <NewPasswordField name="password" error={errors.password} />
    </>
  );
}
