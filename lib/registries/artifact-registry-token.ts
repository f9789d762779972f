import { createPrivateKey } from 'node:crypto';
import type { gaxios } from 'google-auth-library';
import { CancelledError } from '#lib/errors/cancelled.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { CredentialSource } from '#lib/oci/types.ts';
import type { MintOptions } from './clouds.ts';
import { KeyUnusableError } from './google-errors.ts';
import { exchangeGrant, type Granted } from './google-grant.ts';
import { type GoogleKey, readGoogleKey } from './google-key.ts';
import { tokenAddressOf } from './google-token-uri.ts';
import { type Minted, mintedSource } from './minted.ts';

/**
 * The two scopes that the Artifact Registry API takes: the narrower one for pulls, the other for pushes alone. What the account may read
 * and write within them is decided by its roles.
 * https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories.dockerImages/get#authorization-scopes
 */
const pullScope = 'https://www.googleapis.com/auth/cloud-platform.read-only';
const pushScope = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Access tokens for Google's registries, minted from the service account of a secret. They live in this process alone. The
 * key file is all that is used: no application default credentials, no metadata service, no settings of gcloud.
 * https://cloud.google.com/artifact-registry/docs/docker/authentication#token
 */
export function artifactRegistrySource(options: MintOptions): CredentialSource {
  const key = readGoogleKey(options.values);
  return mintedSource({ mint: ({ signal }) => mint({ ...options, key, signal }), clock: options.clock });
}

type Mint = MintOptions & { readonly key: GoogleKey; readonly signal: AbortSignal };

/** @throws TokenAddressRefusedError before anything is sent, KeyUnusableError, and what the exchange throws */
async function mint(options: Mint): Promise<Minted> {
  const { key, clouds, signal, clock = Date.now, onMinted, onStep } = options;
  const tokenUri = tokenAddressOf({ tokenUri: key.tokenUri, allowed: clouds.tokenUris });
  const askedAtMs = clock();
  let granted: Granted;
  try {
    // The library signs with any kind of key, and Google would then say that the signature is wrong.
    if (createPrivateKey(key.privateKey).asymmetricKeyType !== 'rsa') throw new Error('It is no RSA key');
    granted = await signAndExchange(options, tokenUri);
  } catch (error) {
    if (signal.aborted) throw new CancelledError(signal.reason);
    throw error instanceof SlipwayError
      ? error
      : new KeyUnusableError({ account: key.clientEmail, cause: error });
  }
  const { access_token: password, expires_in: lifeSeconds } = granted;
  onMinted?.(password);
  onStep?.(`token for ${key.clientEmail}, valid for ${Math.round(lifeSeconds / 60)} min`);
  return {
    credentials: { username: 'oauth2accesstoken', password },
    endsAtMs: askedAtMs + lifeSeconds * 1000,
  };
}

/**
 * The library signs, and what goes out goes through a transporter of ours. Its own follows the proxies of the environment and
 * ignores `token_uri`: so the audience is set here, and the address in the transporter.
 */
async function signAndExchange(options: Mint, tokenUri: string): Promise<Granted> {
  const { key, clouds, signal, clock = Date.now, onMinted, mayPush = false } = options;
  // Loaded for those alone who use it: it takes a tenth of a second.
  const { gaxios, JWT } = await import('google-auth-library');
  let granted: Granted | undefined;

  class GuardedTransporter extends gaxios.Gaxios {
    override async request<T>(request: GaxiosOptions = {}): Promise<GaxiosResponse<T>> {
      const { data } = request;
      const assertion = data instanceof URLSearchParams ? (data.get('assertion') ?? '') : '';
      // For an hour it is as good as the key.
      onMinted?.(assertion);
      const url = new URL(tokenUri);
      granted = await exchangeGrant({
        key,
        tokenUri: url,
        fetch: clouds.fetchFor(url),
        assertion,
        signal,
        clock,
      });
      const config = { ...request, url, headers: new Headers() };
      return Object.assign(new Response(), { config, data: granted as T });
    }
  }

  const client = new JWT({
    email: key.clientEmail,
    key: key.privateKey,
    scopes: [mayPush ? pushScope : pullScope],
    additionalClaims: { aud: tokenUri },
    transporter: new GuardedTransporter(),
  });
  await client.authorize();
  if (granted === undefined) throw new Error('The library exchanged nothing');
  return granted;
}

type GaxiosOptions = gaxios.GaxiosOptions;
type GaxiosResponse<T> = gaxios.GaxiosResponse<T>;
