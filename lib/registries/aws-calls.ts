import { z } from 'zod';
import { CancelledError } from '#lib/errors/cancelled.ts';
import type { AwsCall } from './aws-call.ts';
import { type AwsKeys, awsClientConfig } from './aws-client.ts';
import { awsFailure, strangeAnswer } from './aws-failure.ts';
import type { Clouds } from './clouds.ts';

/** What the registry takes as a password, and until when. */
export interface EcrPassword {
  readonly username: string;
  readonly password: string;
  /** Milliseconds since 1970, by AWS' clock. */
  readonly endsAtMs: number;
}

interface CallOptions {
  readonly call: AwsCall;
  readonly keys: AwsKeys;
  readonly clouds: Clouds;
  readonly signal: AbortSignal;
}

/**
 * Assumes the role of the secret with the keys of the secret, in the registry's own region.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * @throws what `awsFailure` makes of a refusal, and CancelledError
 */
export async function assumeRole(
  options: CallOptions & { readonly roleArn: string; readonly externalId: string | undefined },
): Promise<AwsKeys> {
  const { call, keys, clouds, signal, roleArn, externalId } = options;
  // Loaded for those alone who use it: it takes a quarter of a second.
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient({
    ...awsClientConfig({ keys, clouds, host: call.host, endpoint: clouds.awsEndpoints.sts }),
    sigv4aSigningRegionSet: [call.host.region],
  });
  const command = new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    ...(externalId !== undefined && { ExternalId: externalId }),
  });
  const answer = await asked(options, () => client.send(command, { abortSignal: signal }), client);
  const parsed = roleAnswerSchema.safeParse(answer);
  if (!parsed.success) throw strangeAnswer(call);
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken,
  } = parsed.data.Credentials;
  return { accessKeyId, secretAccessKey, sessionToken: SessionToken };
}

/** What CloudTrail and the trust policies of roles see. */
export const sessionName = 'slipway';

/**
 * A password for the registry, good for twelve hours and for all that its owner may do.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
 * @throws what `awsFailure` makes of a refusal, and CancelledError
 */
export async function getEcrPassword(options: CallOptions): Promise<EcrPassword> {
  const { call, keys, clouds, signal } = options;
  const { ECRClient, GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr');
  const client = new ECRClient(
    awsClientConfig({ keys, clouds, host: call.host, endpoint: clouds.awsEndpoints.ecr }),
  );
  const command = new GetAuthorizationTokenCommand({});
  const answer = await asked(options, () => client.send(command, { abortSignal: signal }), client);
  const parsed = passwordAnswerSchema.safeParse(answer);
  if (!parsed.success) throw strangeAnswer(call);
  const [{ authorizationToken, expiresAt }] = parsed.data.authorizationData;
  const [, username = '', password = ''] =
    /^([^:]+):([\x21-\x7e]+)$/.exec(Buffer.from(authorizationToken, 'base64').toString('utf8')) ?? [];
  if (password === '') throw strangeAnswer(call);
  return { username, password, endsAtMs: expiresAt.getTime() };
}

const roleAnswerSchema = z.object({
  Credentials: z.object({
    AccessKeyId: z.string().min(1),
    SecretAccessKey: z.string().min(1),
    SessionToken: z.string().min(1),
  }),
});

const passwordAnswerSchema = z.object({
  authorizationData: z.tuple(
    [z.object({ authorizationToken: z.string().min(1), expiresAt: z.date() })],
    z.unknown(),
  ),
});

/** Sends a command and says what its failure means. The client is used once: it holds the keys. */
async function asked<T>(
  { call, signal }: CallOptions,
  send: () => Promise<T>,
  client: { readonly middlewareStack: { remove(name: string): boolean }; destroy(): void },
): Promise<T> {
  // It would put identifiers of the surroundings into a header when it runs as a cloud function.
  client.middlewareStack.remove('recursionDetectionMiddleware');
  try {
    return await send();
  } catch (error) {
    if (signal.aborted) throw new CancelledError(signal.reason);
    throw awsFailure({ error, call });
  } finally {
    client.destroy();
  }
}
