import type { Egress } from '#lib/egress/egress.ts';
import type { Registries } from '#lib/egress/registries-config.ts';
import type { Fetch } from '#lib/egress/types.ts';

/** How the token services of clouds are reached. Only what is here is used: no environment, no profile, no metadata service. */
export interface Clouds {
  /** A guarded fetch for one service. It follows no redirect. */
  readonly fetchFor: (service: URL) => Fetch;
  /** Where the operator says that AWS services are reached instead of their public addresses. */
  readonly awsEndpoints: { readonly ecr?: URL | undefined; readonly sts?: URL | undefined };
  /** Google token addresses that the operator allows besides Google's own. */
  readonly tokenUris: readonly string[];
}

/** What minting credentials at a cloud takes. */
export interface MintOptions {
  /** The values of the secret, checked. */
  readonly values: Readonly<Record<string, string>>;
  readonly clouds: Clouds;
  /** Whether what is minted is for writing, too. Passwords of ECR carry whatever the key's owner may do. */
  readonly mayPush?: boolean | undefined;
  /** Milliseconds since 1970. */
  readonly clock?: (() => number) | undefined;
  /** Called with every sensitive value that a cloud hands out, before it is used: for redaction. */
  readonly onMinted?: ((value: string) => void) | undefined;
  /** Called with one line for the log whenever something was minted: "token valid for 12h". Nothing sensitive. */
  readonly onStep?: ((line: string) => void) | undefined;
}

/** How the services of clouds are reached from here: over the guarded way out, and where the operator says. */
export function cloudsOf(options: {
  readonly egress: Pick<Egress, 'forService'>;
  readonly registries: Pick<Registries, 'tokenUris'>;
  readonly awsEndpoints: Clouds['awsEndpoints'];
}): Clouds {
  const { egress, awsEndpoints } = options;
  const { tokenUris } = options.registries;
  const named = [awsEndpoints.ecr, awsEndpoints.sts, ...tokenUris.map((uri) => new URL(uri))];
  return {
    fetchFor(service) {
      const isOperatorNamed = named.some((one) => one?.origin === service.origin);
      return egress.forService(service, { isOperatorNamed });
    },
    awsEndpoints,
    tokenUris,
  };
}
