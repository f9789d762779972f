import type { CredentialSource } from '#lib/oci/types.ts';
import type { AwsCall } from './aws-call.ts';
import { assumeRole, getEcrPassword, sessionName } from './aws-calls.ts';
import type { AwsKeys } from './aws-client.ts';
import type { MintOptions } from './clouds.ts';
import type { EcrHost } from './ecr.ts';
import { lifeText, type Minted, mintedSource } from './minted.ts';

export interface EcrSourceOptions extends MintOptions {
  readonly host: EcrHost;
  /** The path of the image's repository, for advice that names it. */
  readonly repository: string | undefined;
}

/**
 * Passwords for a private ECR registry, minted from the access key of a secret, through its role if it names one. They live in
 * this process alone. The host of the registry decides the region; AWS_REGION of the secret does not.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html#registry-auth-token
 */
export function ecrSource(options: EcrSourceOptions): CredentialSource {
  const keys = readKeys(options.values);
  return mintedSource({ mint: ({ signal }) => mint({ ...options, keys, signal }), clock: options.clock });
}

type Mint = EcrSourceOptions & { readonly keys: AwsKeys; readonly signal: AbortSignal };

/** @throws what `awsFailure` makes of a refusal, and CancelledError */
async function mint(options: Mint): Promise<Minted> {
  const { clouds, signal, onMinted, onStep, clock = Date.now } = options;
  const keys = await roleKeys(options);
  const answer = await getEcrPassword({
    keys,
    clouds,
    signal,
    call: callOf(options, 'ecr:GetAuthorizationToken'),
  });
  const { username, password } = answer;
  onMinted?.(password);
  onMinted?.(Buffer.from(`${username}:${password}`).toString('base64'));
  // AWS' clock says when it ends; where this machine's is far off, the bounds keep it from being minted for every request.
  const lifeMs = Math.min(Math.max(answer.endsAtMs - clock(), shortestLifeMs), longestLifeMs);
  onStep?.(`ecr:GetAuthorizationToken, token valid for ${lifeText(lifeMs)}`);
  return { credentials: { username, password }, endsAtMs: clock() + lifeMs };
}

/** The keys to ask ECR with: those of the role's session where the secret names a role. */
async function roleKeys(options: Mint): Promise<AwsKeys> {
  const { values, keys, clouds, signal, onMinted, onStep } = options;
  const { AWS_ROLE_ARN: roleArn, AWS_EXTERNAL_ID: externalId } = values;
  if (roleArn === undefined) return keys;
  const call = callOf(options, 'sts:AssumeRole');
  const session = await assumeRole({ call, keys, clouds, signal, roleArn, externalId });
  onMinted?.(session.secretAccessKey);
  if (session.sessionToken !== undefined) onMinted?.(session.sessionToken);
  onStep?.(`assumed role ${roleArn.split('/').at(-1)}, session ${sessionName}`);
  return session;
}

function callOf(options: Mint, action: AwsCall['action']): AwsCall {
  const { host, repository, keys, values, clouds } = options;
  const isRole = action === 'sts:AssumeRole';
  return {
    action,
    service: `${isRole ? 'AWS STS' : 'AWS ECR'} in ${host.region}`,
    endpoint: isRole ? clouds.awsEndpoints.sts : clouds.awsEndpoints.ecr,
    host,
    repository,
    accessKeyId: keys.accessKeyId,
    roleArn: values.AWS_ROLE_ARN,
    hasExternalId: values.AWS_EXTERNAL_ID !== undefined,
  };
}

/** ECR's tokens live for twelve hours. */
const longestLifeMs = 12 * 3_600_000;
const shortestLifeMs = 15 * 60_000;

/** Whoever opened the secret has checked its keys; a gap here must not become somebody else's identity. */
function readKeys(values: Readonly<Record<string, string>>): AwsKeys {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN,
  } = values;
  if (!accessKeyId || !secretAccessKey) throw new Error('A secret came here without its keys');
  return { accessKeyId, secretAccessKey, sessionToken: AWS_SESSION_TOKEN };
}
