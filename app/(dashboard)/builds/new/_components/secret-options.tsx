import { KeyRound } from 'lucide-react';
import type { SelectOption } from '#app/_components/select.tsx';
import type { ReadReference } from '../../../_components/read-reference.ts';
import { fitsRegistry, type SecretChoice } from './build-draft.ts';

/** No secret's name has a colon. */
export const noSecret = ':none';

/** None first, then the secrets that fit the reference, then those for other registries. */
export function secretOptions(
  secrets: readonly SecretChoice[],
  read: ReadReference,
  noneLabel = 'None (public image)',
): readonly SelectOption[] {
  const fits = (secret: SecretChoice) =>
    read.state !== 'read' || fitsRegistry(secret, read.reference.registry);
  return [
    { value: noSecret, label: noneLabel },
    ...secrets
      .toSorted((a, b) => Number(fits(b)) - Number(fits(a)))
      .map((secret) => optionOf(secret, fits(secret))),
  ];
}

function optionOf(secret: SecretChoice, isFitting: boolean): SelectOption {
  return {
    value: secret.name,
    label: secret.name,
    icon: <KeyRound className="size-3.5 text-ink-3" aria-hidden />,
    detail: detailOf(secret, isFitting),
  };
}

function detailOf({ state, host, version, repositories }: SecretChoice, isFitting: boolean): string {
  if (state === 'refused') return 'Refused';
  if (state === 'pending') return `v${version}, being checked`;
  if (!isFitting) return `Only for ${host ?? 'build steps'}`;
  const [first, ...others] = repositories;
  if (first === undefined) return `v${version}, ${host ?? ''}`;
  return `v${version}, for ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`;
}
