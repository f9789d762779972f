import { formatDuration } from '#lib/builds/format.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { CheckName } from './schema.ts';

/** The registry answers too slowly for a preflight; it says nothing about a build, which waits longer. */
export class SlowAnswerError extends SlipwayError {
  override readonly name = 'SlowAnswerError';
  readonly code = 'slow_answer';
  readonly kind = 'network';

  constructor(options: { readonly host: string; readonly check: CheckName; readonly afterMs: number }) {
    const { host, check, afterMs } = options;
    super({
      advice: {
        what: `${host} did not answer in time`,
        why: `${doing[check]} took longer than a preflight waits in all, ${formatDuration(afterMs)}. A build waits longer.`,
        next: 'Check again. If this registry is known to be slow, start the build; if not, look whether it is up and reachable from this server.',
      },
      isRetryable: true,
    });
  }
}

const doing: Readonly<Record<CheckName, string>> = {
  name: 'Reading the reference',
  dns: 'Looking its name up',
  tls: 'Connecting to it',
  sign_in: 'Signing in',
  permission: 'Asking for the image',
  manifest: 'Reading the manifest',
  platform: 'Reading what the image is for',
  size: 'Adding up the layers',
  pulls_left: 'Asking for the pulls that are left',
};

/** A reference that can name no image at the registry it names, although its form is right. */
export class MisplacedReferenceError extends SlipwayError {
  override readonly name = 'MisplacedReferenceError';
  readonly code = 'reference_misplaced';
  readonly kind = 'input';

  constructor(options: { readonly what: string; readonly why: string; readonly next: string }) {
    super({ advice: options });
  }
}

/** A certificate that is still good, and soon is not. */
export class CertificateEndsError extends SlipwayError {
  override readonly name = 'CertificateEndsError';
  readonly code = 'certificate_ends';
  readonly kind = 'network';

  constructor(options: { readonly host: string; readonly daysLeft: number }) {
    const { host, daysLeft } = options;
    super({
      advice: {
        what: `The certificate of ${host} ends soon`,
        why: `It is valid for ${daysLeft === 1 ? '1 day' : `${daysLeft} days`} more. After that no pull from there works.`,
        next: 'Tell whoever runs the registry to renew it. Builds work until then.',
      },
    });
  }
}

/** The pull would fit, and leave hardly anything. */
export class DiskTightError extends SlipwayError {
  override readonly name = 'DiskTightError';
  readonly code = 'disk_tight';
  readonly kind = 'storage';

  constructor(options: { readonly needed: string; readonly free: string }) {
    const { needed, free } = options;
    super({
      advice: {
        what: 'The disk will be nearly full',
        why: `The pull takes ${needed}, and ${free} are free. The database and other builds share that disk.`,
        next: 'Free some space on the disk of the store before you build.',
      },
    });
  }
}

/** A registry that counts pulls has few left. */
export class FewPullsLeftError extends SlipwayError {
  override readonly name = 'FewPullsLeftError';
  readonly code = 'few_pulls_left';
  readonly kind = 'rate_limited';

  constructor(options: { readonly left: string; readonly registry: string; readonly isAnonymous: boolean }) {
    const { left, registry, isAnonymous } = options;
    super({
      advice: {
        what: `${registry} has few pulls left`,
        why: `${left}. When none is left, images that the store lacks cannot be pulled until the count goes up again.`,
        next: isAnonymous
          ? 'Choose a secret for this registry: an account has a limit of its own.'
          : 'Build what needs to be built first, or use an account with a higher limit.',
      },
    });
  }
}

/** The secret works, and something in it says that another image may be meant. */
export class SecretMisfitError extends SlipwayError {
  override readonly name = 'SecretMisfitError';
  readonly code = 'secret_misfit';
  readonly kind = 'input';

  /** @param why one sentence */
  constructor(why: string) {
    super({
      advice: {
        what: 'The secret does not quite fit this image',
        why,
        next: 'The pull works all the same. Check that this image is the one that you mean.',
      },
    });
  }
}
