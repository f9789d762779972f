import { startAwsEndpoint } from '#tests/support/aws-endpoint.ts';
import { pullPolicy } from '#tests/support/aws-iam.ts';
import { startGoogleRegistry } from '#tests/support/google-registry.ts';
import { startGoogleTokenEndpoint } from '#tests/support/google-token-endpoint.ts';
import { startHubLike } from '#tests/support/hub-like.ts';
import { pushImage } from '#tests/support/images.ts';
import type { TestRegistry } from '#tests/support/registry.ts';
import type { CloudAccounts } from './stage.ts';

const googleHost = 'europe-west1-docker.pkg.dev';
const project = 'tidewater-prod';

/** What stands in for the registries that have a sign-in of their own, and the accounts that may read one repository there. */
export interface Counterparts {
  readonly accounts: CloudAccounts;
  /** `registries` and `tokenUris` of registries.json. */
  readonly registries: Readonly<Record<string, object>>;
  readonly tokenUris: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts them all. ECR's images are those of `registry`. */
export async function startCounterparts(options: { readonly registry: TestRegistry }): Promise<Counterparts> {
  const { registry } = options;
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.toReversed()) await one();
  };
  const started = <T extends { stop(): Promise<void> }>(one: T): T => {
    stops.push(one.stop);
    return one;
  };
  try {
    const aws = started(await startAwsEndpoint({ registry }));
    const key = aws.addUser({ name: 'slipway-pull', policy: pullPolicy([aws.arnOf('team/scan')]) });
    aws.repositories.add('team/scan');
    aws.repositories.add('team/app');

    const tokens = started(await startGoogleTokenEndpoint());
    const google = started(
      await startGoogleRegistry({ registryHost: googleHost, location: 'europe-west1', tokens }),
    );
    const account = await tokens.createAccount({ projectId: project });
    google.allow({ email: account.email, repository: `${project}/images` });
    await pushSmallImage(google.behind, `${project}/images/app`);

    const hub = started(await startHubLike());
    const { token } = hub.createAccount({ username: 'haldenlabs', pulls: 200 });
    hub.share({ repository: 'haldenlabs/edge', with: ['haldenlabs'] });
    await pushSmallImage(hub.behind, 'haldenlabs/edge');

    const allowed = { plainHttp: true, allowPrivate: true };
    return {
      accounts: {
        aws: {
          host: aws.host,
          accessKeyId: key.accessKeyId,
          secretAccessKey: key.secretAccessKey,
          region: aws.region,
        },
        google: { host: googleHost, project, email: account.email, keyFile: account.keyFile },
        hub: { username: 'haldenlabs', token },
      },
      registries: {
        ...aws.registries,
        [googleHost]: { endpoint: google.url, ...allowed },
        'docker.io': { endpoint: hub.url, ...allowed },
      },
      tokenUris: [tokens.tokenUri],
      environment: aws.environment,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function pushSmallImage(registry: TestRegistry, repository: string): Promise<void> {
  await pushImage({ registry, repository, tag: '1.4', layers: [200_000, 30_000] });
}
