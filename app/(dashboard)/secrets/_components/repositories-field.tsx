'use client';

import { TextField } from '#app/_components/text-field.tsx';
import type { RegistryKind } from '#lib/registries/host-kind.ts';
import { repositoriesId } from './check-draft.ts';

export interface RepositoriesFieldProps {
  readonly type: RegistryKind;
  /** As typed. */
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly error: string | undefined;
  readonly hasAutoFocus?: boolean | undefined;
}

/** For which repositories a secret is: what forms propose it by. */
export function RepositoriesField({ type, text, onChange, error, hasAutoFocus }: RepositoriesFieldProps) {
  return (
    <TextField
      id={repositoriesId}
      label="Repositories"
      value={text}
      onChange={onChange}
      placeholder={placeholders[type]}
      hint={
        <>
          Proposes this secret for these paths alone, with * for any; empty for all of its host.
          {type === 'aws' && ' Sets the resource in the policy, too.'}
        </>
      }
      error={error}
      autoComplete="off"
      hasAutoFocus={hasAutoFocus}
      optional
      isMono
    />
  );
}

const placeholders: Readonly<Record<RegistryKind, string>> = {
  docker_hub: 'acme/*',
  aws: 'ml/* web/api',
  gcp: 'project/images/*',
  registry: 'team/*',
};
