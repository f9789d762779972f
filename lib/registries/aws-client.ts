import type { ECRClientConfig } from '@aws-sdk/client-ecr';
import { awsTransport } from './aws-transport.ts';
import type { Clouds } from './clouds.ts';
import type { EcrHost } from './ecr.ts';

/** An access key, whole. Temporary ones have a session token. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/**
 * The configuration of an SDK client, with nothing left to its surroundings: what is not set here the SDK would read from the
 * environment, from `~/.aws` or from the metadata service of the machine, and a secret that lacks a key would then borrow the
 * identity of the server. Clients of ECR and of STS take it alike.
 *
 * Where the operator names no endpoint, the SDK's own rules make one of region and host form.
 */
export function awsClientConfig(options: {
  readonly keys: AwsKeys;
  readonly host: EcrHost;
  readonly endpoint: URL | undefined;
  readonly clouds: Pick<Clouds, 'fetchFor'>;
}) {
  const { host, endpoint, clouds } = options;
  const { accessKeyId, secretAccessKey, sessionToken } = options.keys;
  return {
    region: host.region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    credentialDefaultProvider: () => refuseAmbientIdentity,
    ignoreConfiguredEndpointUrls: true,
    ...(endpoint !== undefined && { endpoint: endpoint.href }),
    // An address that the operator wrote down is taken as it is.
    useFipsEndpoint: endpoint === undefined && host.isFips,
    useDualstackEndpoint: endpoint === undefined && host.isDualStack,
    requestHandler: awsTransport(clouds),
    maxAttempts: 3,
    retryMode: 'standard',
    defaultsMode: 'standard',
    authSchemePreference: [],
    disableClockSkewCorrection: false,
    userAgentAppId: '',
    defaultUserAgentProvider: async () => [['slipway']],
  } satisfies ECRClientConfig;
}

async function refuseAmbientIdentity(): Promise<never> {
  throw new Error('The SDK asked for an identity that is not the secret’s.');
}
