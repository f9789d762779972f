import type { Probe } from '#lib/egress/probe.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { RegistryClient } from '#lib/oci/client.ts';
import { SignInRefusedError } from '#lib/oci/errors.ts';
import type { Limits } from '#lib/oci/limits.ts';
import type { CredentialSource, Credentials } from '#lib/oci/types.ts';
import type { Provenance } from '#lib/pull/provenance.ts';
import { isDockerHubHost } from '#lib/registries/docker-hub.ts';
import type { Clouds, RegistrySecret } from '#lib/registries/sign-in.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import { checkDns, checkTls } from './check-connection.ts';
import { SlowAnswerError } from './check-errors.ts';
import { checkManifest, checkPlatform } from './check-image.ts';
import { checkName, type Named } from './check-name.ts';
import { checkPermission } from './check-permission.ts';
import { allowanceOf, checkPullsLeft } from './check-pulls-left.ts';
import { checkSignIn, describeIdentity } from './check-sign-in.ts';
import { checkSize } from './check-size.ts';
import { CheckFailed, Checklist } from './checklist.ts';
import { explain } from './explain.ts';
import type { PreflightView } from './schema.ts';

export interface PreflightOptions {
  /** As typed. Null to try the secret alone, at its own host or cloud. */
  readonly reference: string | null;
  readonly platform: string;
  readonly secret: RegistrySecret | null;
  /** Makes the client through which all requests to the registry go, within these limits. */
  readonly connect: (options: {
    readonly registry: string;
    readonly credentials: Credentials | CredentialSource | undefined;
    readonly limits: Partial<Limits>;
  }) => RegistryClient;
  readonly probe: (host: string) => Probe;
  readonly clouds: Clouds;
  /** Called with every sensitive value that a cloud hands out, before it is used: for redaction. */
  readonly onMinted?: ((value: string) => void) | undefined;
  /** Where images of earlier pulls are, and the disk that a pull would fill. Nothing is written there. */
  readonly cache?: { readonly store: BlobStore; readonly provenance: Provenance } | undefined;
  readonly signal: AbortSignal;
  /** Called with the whole list whenever it changed. */
  readonly onView: (view: PreflightView) => void;
  /** For all checks together. */
  readonly budgetMs?: number;
}

export interface PreflightResult {
  readonly view: PreflightView;
  /** Whether the registry or its cloud refused the credentials as such: the same ones will be refused again. */
  readonly isCredentialRefused: boolean;
  /** The failure of the check that failed. */
  readonly failure?: SlipwayError;
}

/**
 * Checks whether a pull will work without pulling: fetches no layer, writes nothing and costs no pull where pulls are
 * counted. Ends within its budget whatever a registry does. A check that fails is a result, not an error.
 * @throws CancelledError as soon as the signal fires; a fault of Slipway's own, after the list told of it.
 */
export async function runPreflight(options: PreflightOptions): Promise<PreflightResult> {
  const { secret, signal, onView, budgetMs = budgetMsDefault } = options;
  const asked: Asked = { registry: undefined };
  const list = new Checklist({
    signal,
    budgetMs,
    onView,
    explain: (error) => explain({ error, registry: asked.registry, secret }),
    overrun: (overrun) => new SlowAnswerError({ ...overrun, host: asked.registry ?? 'The cloud' }),
  });
  try {
    await runChecks(list, options, asked);
  } catch (error) {
    if (!(error instanceof CheckFailed)) throw error;
  } finally {
    list.dispose();
  }
  const view = list.end();
  const { failure } = list;
  if (failure === undefined) return { view, isCredentialRefused: false };
  if (!(failure instanceof SlipwayError)) throw failure;
  return { view, isCredentialRefused: isCredentialRefused(failure), failure };
}

/** With the time that a process takes to start, a person waits ten seconds at most. */
const budgetMsDefault = 8_500;
/** What is left for the failure itself when only its advice is still missing. */
const reserveMs = 500;
const tagsMsMax = 3_000;

/** Whom the checks are about, once that is known. */
interface Asked {
  registry: string | undefined;
}

async function runChecks(list: Checklist, options: PreflightOptions, asked: Asked): Promise<void> {
  const { secret, cache } = options;
  const steps: string[] = [];
  const named = await list.run('name', async () =>
    checkName({ ...options, onStep: (step) => steps.push(step) }),
  );
  const { reference, platform, signIn, registry } = named;
  if (registry === null) return mintOnly(list, { ...named, secret, steps });
  asked.registry = registry;
  const probe = await list.run('dns', async (signal) => checkDns(options.probe(registry), registry, signal));
  await list.run('tls', (signal) => checkTls(probe, registry, signal));
  const { credentials } = signIn;
  const client = await list.run('sign_in', (signal) => {
    const client = options.connect({ registry, credentials, limits: limitsOf(options) });
    const { warning } = signIn;
    return checkSignIn({ client, repository: reference?.repository, secret, steps, warning, signal });
  });
  const hadCredentials = credentials !== undefined;
  if (reference === null) {
    list.skip(['permission', 'manifest', 'platform', 'size'], noImage);
    await list.run('pulls_left', async (signal) => {
      if (isDockerHubHost(registry)) await client.headManifest({ ...hubPreview, signal }).catch(() => null);
      list.allowance = allowanceOf(client.rateLimit);
      return checkPullsLeft({ registry, rateLimit: client.rateLimit, hadCredentials, isStored: true });
    });
    return;
  }
  const look = { client, reference, platform, cache };
  const sight = await list.run('permission', (signal) => {
    const tagsMaxMs = () => Math.max(0, Math.min(tagsMsMax, list.leftMs - reserveMs));
    return checkPermission(look, { hadCredentials, signal, tagsMaxMs }).finally(() => {
      list.allowance = allowanceOf(client.rateLimit);
    });
  });
  const found = await list.run('manifest', async () => checkManifest(sight));
  await list.run('platform', (signal) => checkPlatform(look, found, signal));
  const { isStored } = await list.run('size', () => checkSize(look, found));
  await list.run('pulls_left', async () =>
    checkPullsLeft({ registry, rateLimit: client.rateLimit, hadCredentials, isStored }),
  );
}

const noImage = 'Not tested: no image was named';

/** https://docs.docker.com/docker-hub/usage/pulls/#view-pull-rate-and-limit */
const hubPreview = { repository: 'ratelimitpreview/test', target: 'latest' } as const;

/** A cloud's secret alone names no registry: its cloud is asked for a token, and nobody else. */
async function mintOnly(
  list: Checklist,
  options: Pick<Named, 'signIn'> & {
    readonly secret: RegistrySecret | null;
    readonly steps: readonly string[];
  },
): Promise<void> {
  const { signIn, secret, steps } = options;
  const { credentials } = signIn;
  list.skip(['dns', 'tls'], noImage);
  await list.run('sign_in', async (signal) => {
    if (typeof credentials === 'function') await credentials({ isRefused: false, signal });
    const detail = secret === null ? 'Without a secret' : describeIdentity(secret, steps);
    return { state: 'passed', detail, value: undefined };
  });
  list.skip(['permission', 'manifest', 'platform', 'size', 'pulls_left'], noImage);
}

/** A preflight waits no longer than it has, and tries once more what may have been a slip. */
function limitsOf({ budgetMs = budgetMsDefault }: PreflightOptions): Partial<Limits> {
  return {
    answerTimeoutMs: budgetMs,
    idleTimeoutMs: budgetMs,
    attemptsMax: 2,
    backoffBaseMs: 200,
    backoffMaxMs: 500,
    retryAfterMaxMs: 1_000,
  };
}

/** Whether the same credentials will be refused again. A right that is missing can be given without changing them. */
function isCredentialRefused(failure: SlipwayError): boolean {
  return failure instanceof SignInRefusedError && failure.refusal.hadCredentials;
}
