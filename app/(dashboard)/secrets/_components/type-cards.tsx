import type { ChoiceCardOption } from '#app/_components/choice-cards.tsx';
import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { type SecretType, secretTypes } from '#lib/secrets/schema.ts';
import { typeNames } from './type-names.ts';

const details: Readonly<Record<SecretType, string>> = {
  docker_hub: 'User and access token',
  aws: 'Access key or role',
  gcp: 'Service account JSON',
  registry: 'User and password',
  custom: 'Keys for build steps',
};

export const typeCards: readonly ChoiceCardOption[] = secretTypes.map((type) => ({
  value: type,
  label: typeNames[type],
  detail: details[type],
  icon: <RegistryIcon registry={type} size="large" />,
}));
