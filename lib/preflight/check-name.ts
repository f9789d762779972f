import { parsePlatform } from '#lib/oci/platform.ts';
import { formatReference, parseReference, type Reference } from '#lib/oci/reference.ts';
import type { Platform } from '#lib/oci/types.ts';
import { type Clouds, type RegistrySecret, type SignIn, signInFor } from '#lib/registries/sign-in.ts';
import type { Finding } from './checklist.ts';
import { refuseMisplaced } from './misplaced.ts';

/** What is to be looked at, and as whom. */
export interface Named {
  /** Null where the secret is tried alone. */
  readonly reference: Reference | null;
  /** `host[:port]`; null where a cloud's secret is tried alone, which names none. */
  readonly registry: string | null;
  readonly platform: Platform;
  readonly signIn: SignIn;
}

interface NameOptions {
  readonly reference: string | null;
  readonly platform: string;
  readonly secret: RegistrySecret | null;
  readonly clouds: Clouds;
  readonly onMinted?: ((value: string) => void) | undefined;
  readonly onStep: (line: string) => void;
}

/**
 * Whether the text names an image, and whether the secret may be sent to its registry. Asks nobody.
 * @throws InvalidReferenceError, InvalidPlatformError, MisplacedReferenceError, and what `signInFor` throws
 */
export function checkName(options: NameOptions): Finding<Named> {
  const platform = parsePlatform(options.platform);
  if (options.reference === null) return secretAlone(options, platform);
  const reference = parseReference(options.reference);
  refuseMisplaced(reference);
  const { registry } = reference;
  const signIn = signInFor({ ...options, reference });
  return {
    state: 'passed',
    detail: formatReference(reference),
    value: { reference, registry, platform, signIn },
  };
}

/** A secret of a cloud is for many registries: none of them is asked, only the cloud. */
function secretAlone(options: NameOptions, platform: Platform): Finding<Named> {
  const { secret } = options;
  if (secret === null) throw new Error('A preflight came here without a reference and without a secret');
  const { type, host, values } = secret;
  const isOfCloud = type === 'aws' || type === 'gcp';
  const registry = isOfCloud ? anyHostOf[type](values) : (host ?? '');
  const signIn = signInFor({ ...options, reference: { registry } });
  return {
    state: 'skipped',
    detail: 'No image was named: the secret is tried alone',
    value: { reference: null, registry: isOfCloud ? null : registry, platform, signIn },
  };
}

/** A host that the secret is bound to, for the region alone; nothing is sent there. */
const anyHostOf = {
  aws: ({ AWS_REGION: region = '' }: RegistrySecret['values']) =>
    `000000000000.dkr.ecr.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
  gcp: () => 'gcr.io',
};
