import { PlatformMissingError } from './errors.ts';
import { InvalidPlatformError } from './input-errors.ts';
import { plain } from './plain-text.ts';
import type { Descriptor, ImageIndex, Platform } from './types.ts';

/**
 * Parses `os/architecture[/variant]` into normalised form: `linux/x86_64` is linux/amd64, `linux/arm` is
 * linux/arm/v7. https://github.com/containerd/platforms#platform-specifiers
 * @throws InvalidPlatformError
 */
export function parsePlatform(text: string): Platform {
  const parts = text.trim().toLowerCase().split('/');
  const [os, architecture, variant] = parts;
  if (parts.length < 2 || os === undefined || architecture === undefined) {
    throw new InvalidPlatformError(`“${plain(text, 60)}” does not have an architecture after the system.`);
  }
  if (parts.length > 3) throw new InvalidPlatformError('It has more than three parts.');
  const strange = parts.find((part) => !/^[a-z0-9_][a-z0-9_.-]{0,62}$/.test(part));
  if (strange !== undefined) {
    throw new InvalidPlatformError(`“${plain(strange, 60)}” is not the name of a system or an architecture.`);
  }
  return normalisePlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/** `os/architecture[/variant]`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/**
 * One spelling for each platform. ARM 64 without a variant is v8 and is written without it; ARM 32 without one is v7.
 * https://github.com/containerd/platforms#normalization
 */
export function normalisePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  const given = (platform.variant ?? '').toLowerCase();
  const { architecture, variant } = normaliseArchitecture(platform.architecture.toLowerCase(), given);
  return {
    os: os === 'macos' ? 'darwin' : os,
    architecture,
    ...(variant === '' ? {} : { variant }),
  };
}

/**
 * The manifest of an index for a platform: the best variant that the platform runs, the first of equals. What carries
 * no platform or an unknown one (attestations of BuildKit do) is passed over.
 * @throws PlatformMissingError listing those it has.
 */
export function choosePlatform(options: {
  readonly index: ImageIndex;
  readonly platform: Platform;
}): Descriptor {
  const wanted = normalisePlatform(options.platform);
  const variants = runnableVariants(wanted);
  const candidates = options.index.manifests.filter(isForImage).map((descriptor) => ({
    descriptor,
    platform: normalisePlatform(descriptor.platform),
  }));
  let best: { readonly rank: number; readonly descriptor: Descriptor } | undefined;
  for (const { descriptor, platform } of candidates) {
    if (platform.os !== wanted.os || platform.architecture !== wanted.architecture) continue;
    const rank = variants.indexOf(platform.variant ?? '');
    if (rank >= 0 && (best === undefined || rank < best.rank)) best = { rank, descriptor };
  }
  if (best !== undefined) return best.descriptor;
  const available = [...new Set(candidates.map(({ platform }) => formatPlatform(platform)))];
  throw new PlatformMissingError({ wanted: formatPlatform(wanted), available });
}

type WithPlatform = Descriptor & { readonly platform: Platform };

function isForImage(descriptor: Descriptor): descriptor is WithPlatform {
  const { platform, annotations } = descriptor;
  if (platform === undefined || platform.os === 'unknown' || platform.architecture === 'unknown')
    return false;
  return annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest';
}

/**
 * The variants that run on the wanted platform, best first; '' stands for none. An ARM or x86-64 processor runs what
 * was built for the versions before its own. https://github.com/containerd/platforms (compare.go, platformVector)
 */
function runnableVariants(wanted: Platform): readonly string[] {
  const variant = wanted.variant ?? '';
  if (wanted.architecture === 'amd64') return countdown({ variant, lowest: 2, none: true });
  if (wanted.architecture === 'arm') return countdown({ variant, lowest: 5, none: false });
  if (wanted.architecture === 'arm64') {
    // v8 is written without a variant; v8.2 or v9 run it too, and nothing else is known about their order.
    return variant === '' ? [''] : [variant, ''];
  }
  return [variant];
}

function countdown(options: {
  readonly variant: string;
  readonly lowest: number;
  readonly none: boolean;
}): readonly string[] {
  const { variant, lowest, none } = options;
  const version = Number(/^v(\d)$/.exec(variant)?.[1] ?? 0);
  const below = [];
  for (let step = version - 1; step >= lowest; step -= 1) below.push(`v${step}`);
  return [...new Set([variant, ...below, ...(none ? [''] : [])])];
}

function normaliseArchitecture(
  architecture: string,
  variant: string,
): { readonly architecture: string; readonly variant: string } {
  switch (architecture) {
    case 'i386':
      return { architecture: '386', variant: '' };
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return { architecture: 'amd64', variant: variant === 'v1' ? '' : variant };
    case 'aarch64':
    case 'arm64':
      return { architecture: 'arm64', variant: variant === 'v8' || variant === '8' ? '' : variant };
    case 'armhf':
      return { architecture: 'arm', variant: 'v7' };
    case 'armel':
      return { architecture: 'arm', variant: 'v6' };
    case 'arm':
      if (variant === '') return { architecture, variant: 'v7' };
      return { architecture, variant: /^\d$/.test(variant) ? `v${variant}` : variant };
    default:
      return { architecture, variant };
  }
}
