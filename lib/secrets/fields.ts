import type { SecretType } from './schema.ts';

/** One key of a type, with the words that forms use for it. */
export interface SecretField {
  readonly key: string;
  readonly label: string;
  /** Sensitive values are redacted and never shown; public ones are facts, kept in the open beside the seal. */
  readonly isSensitive: boolean;
  readonly isOptional: boolean;
  /** One or two sentences below the field. */
  readonly hint: string;
  readonly placeholder?: string;
}

/** The keys of each type, in the order of the form. `custom` has none of its own. */
export const secretFields: Readonly<Record<SecretType, readonly SecretField[]>> = {
  docker_hub: [
    {
      key: 'REGISTRY_USERNAME',
      label: 'Username',
      isSensitive: false,
      isOptional: false,
      hint: 'Your Docker ID, not the email address. For an organization token, the organization.',
    },
    {
      key: 'REGISTRY_PASSWORD',
      label: 'Access token',
      isSensitive: true,
      isOptional: false,
      hint: 'A personal or organization access token with read-only permission.',
      placeholder: 'dckr_pat_…',
    },
  ],
  aws: [
    {
      key: 'AWS_ACCESS_KEY_ID',
      label: 'Access key ID',
      isSensitive: false,
      isOptional: false,
      hint: '20 characters. Begins with AKIA, or with ASIA when it is temporary.',
      placeholder: 'AKIA…',
    },
    {
      key: 'AWS_SECRET_ACCESS_KEY',
      label: 'Secret access key',
      isSensitive: true,
      isOptional: false,
      hint: '40 characters. AWS shows it once, when the key is made.',
    },
    {
      key: 'AWS_REGION',
      label: 'Region',
      isSensitive: false,
      isOptional: false,
      hint: 'Where the registry is: the part before amazonaws.com in its host.',
      placeholder: 'eu-west-1',
    },
    {
      key: 'AWS_SESSION_TOKEN',
      label: 'Session token',
      isSensitive: true,
      isOptional: true,
      hint: 'Only with a temporary key, one that begins with ASIA.',
    },
    {
      key: 'AWS_ROLE_ARN',
      label: 'Role ARN',
      isSensitive: false,
      isOptional: true,
      hint: 'A role that the key above assumes before it pulls, in this or another account.',
      placeholder: 'arn:aws:iam::111122223333:role/slipway-pull',
    },
    {
      key: 'AWS_EXTERNAL_ID',
      label: 'External ID',
      isSensitive: true,
      isOptional: true,
      hint: 'Only if the role’s trust policy asks for one.',
    },
  ],
  gcp: [
    {
      key: 'SERVICE_ACCOUNT_JSON',
      label: 'Service account JSON',
      isSensitive: true,
      isOptional: false,
      hint: 'The whole key file of a service account with the role Artifact Registry Reader.',
    },
  ],
  registry: [
    {
      key: 'REGISTRY_HOST',
      label: 'Registry host',
      isSensitive: false,
      isOptional: false,
      hint: 'The host of the image reference, with its port if it has one. The secret is sent nowhere else.',
      placeholder: 'ghcr.io',
    },
    {
      key: 'REGISTRY_USERNAME',
      label: 'Username',
      isSensitive: false,
      isOptional: false,
      hint: 'A user, robot or deploy-token name.',
    },
    {
      key: 'REGISTRY_PASSWORD',
      label: 'Password or token',
      isSensitive: true,
      isOptional: false,
      hint: 'A token that may only read packages does.',
    },
  ],
  custom: [],
};

/** The names of facts, in the order in which they are shown: public keys, and what a service account's key file says. */
export const factLabels: Readonly<Record<SecretType, Readonly<Record<string, string>>>> = {
  docker_hub: publicLabels('docker_hub'),
  aws: publicLabels('aws'),
  gcp: { client_email: 'Account', project_id: 'Project', private_key_id: 'Key ID' },
  registry: publicLabels('registry'),
  custom: {},
};

function publicLabels(type: SecretType): Readonly<Record<string, string>> {
  const open = secretFields[type].filter(({ isSensitive }) => !isSensitive);
  return Object.fromEntries(open.map(({ key, label }) => [key, label]));
}
