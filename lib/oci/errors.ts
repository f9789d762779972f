import { type Advice, SlipwayError } from '#lib/errors/slipway-error.ts';
import { plain, shortDigest } from './plain-text.ts';

/** Where a failure happened: enough for a person to find it, nothing that could be secret. */
export interface Place {
  /** `host[:port]`, as in the reference. */
  readonly registry: string;
  readonly repository?: string;
  /** Tag or digest. */
  readonly target?: string;
}

/** What a registry refused and how it said so: enough for whoever knows its kind to say more than the protocol does. */
export interface Refusal {
  readonly place: Place;
  readonly hadCredentials: boolean;
  /** What the registry, or its token service, said. Foreign text: `plain()` before anybody sees it. */
  readonly said?: string | undefined;
  /** The status of its answer, where one is known. */
  readonly status?: number | undefined;
  /** Whether its token service refused, and not the registry itself. */
  readonly isAtTokenService?: boolean | undefined;
}

/**
 * A registry understood what was asked and refused it. `explained` is the same refusal with advice of somebody who knows that
 * kind of registry.
 */
export abstract class RefusalError extends SlipwayError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, advice: Advice) {
    super({ advice });
    this.refusal = refusal;
  }

  abstract explained(advice: Advice): RefusalError;
}

/** The image exists, but not for the wanted platform. `available` lists those it has, as text. */
export class PlatformMissingError extends SlipwayError {
  override readonly name = 'PlatformMissingError';
  readonly code = 'platform_missing';
  readonly kind = 'not_found';
  readonly available: readonly string[];

  constructor(options: { readonly wanted: string; readonly available: readonly string[] }) {
    const { wanted, available } = options;
    super({
      advice: {
        what: `The image has no ${wanted} variant`,
        why:
          available.length === 0
            ? 'Its index lists no image for any platform.'
            : `It exists for ${plain(available.join(', '), 600)}.`,
        next:
          available.length === 0
            ? 'Ask whoever publishes it, or choose another tag.'
            : 'Choose one of these platforms, or another tag.',
      },
    });
    this.available = available;
  }
}

/** Docker image manifest version 2, schema 1: signed JSON without verifiable layers, retired in 2019. */
export class SchemaOneError extends SlipwayError {
  override readonly name = 'SchemaOneError';
  readonly code = 'schema_one';
  readonly kind = 'unsupported';

  constructor() {
    super({
      advice: {
        what: 'The image is stored in the retired Docker schema 1 format',
        why: 'Its manifest (version 2, schema 1) does not name a config by digest, so what it holds cannot be verified.',
        next: 'Push the image again with any current tool; that stores it as Docker schema 2 or OCI.',
      },
    });
  }
}

/** A manifest that is no container image: a Helm chart, a signature, a model, a WebAssembly module. */
export class NotAnImageError extends SlipwayError {
  override readonly name = 'NotAnImageError';
  readonly code = 'not_an_image';
  readonly kind = 'unsupported';

  constructor(options: { readonly mediaType: string }) {
    super({
      advice: {
        what: 'This is an artifact, not a container image',
        why: `Its type is ${plain(options.mediaType, 120)}.`,
        next: 'Choose the tag of an image; artifacts such as charts and signatures cannot be a base.',
      },
    });
  }
}

/** A layer that the publisher keeps outside the registry, as Windows base layers were. */
export class ForeignLayerError extends SlipwayError {
  override readonly name = 'ForeignLayerError';
  readonly code = 'foreign_layer';
  readonly kind = 'unsupported';

  constructor(options: { readonly layerNumber: number; readonly mediaType: string }) {
    super({
      advice: {
        what: `Layer ${options.layerNumber} may not be distributed by registries`,
        why: `Its type is ${plain(options.mediaType, 120)}: it is meant to come from its publisher's own address, which Slipway never calls.`,
        next: 'Choose an image whose layers are all in the registry, or push one with its foreign layers included.',
      },
    });
  }
}

/** A manifest that breaks its specification, or that could be read in two ways. */
export class ManifestInvalidError extends SlipwayError {
  override readonly name = 'ManifestInvalidError';
  readonly code = 'manifest_invalid';
  readonly kind = 'registry';

  constructor(why: string) {
    super({
      advice: {
        what: 'The image manifest is not valid',
        why,
        next: 'Push the image again. If it was made by a special tool, report this there.',
      },
    });
  }
}

export class AnswerTooLargeError extends SlipwayError {
  override readonly name = 'AnswerTooLargeError';
  readonly code = 'answer_too_large';
  readonly kind = 'registry';

  constructor(options: { readonly noun: string; readonly bytesMax: number }) {
    super({
      advice: {
        what: `The ${options.noun} is too large`,
        why: `It is longer than the ${options.bytesMax} bytes that Slipway reads of one.`,
        next: 'No ordinary image needs that much: check that the reference names an image.',
      },
    });
  }
}

/** Bytes that are not what their digest says. Nothing of them is kept. */
export class DigestMismatchError extends SlipwayError {
  override readonly name = 'DigestMismatchError';
  readonly code = 'digest_mismatch';
  readonly kind = 'integrity';
  readonly expected: string;
  readonly actual: string;

  constructor(options: { readonly expected: string; readonly actual: string; readonly noun: string }) {
    const { expected, actual, noun } = options;
    super({
      advice: {
        what: `The ${noun} does not match its digest`,
        why: `${expected} was asked for, but the bytes that came are ${actual}.`,
        next: 'Try again. If it happens again, a proxy on the way or the registry changes or damages content.',
      },
    });
    this.expected = expected;
    this.actual = actual;
  }
}

/** A blob that is shorter or longer than its descriptor says. */
export class BlobSizeError extends SlipwayError {
  override readonly name = 'BlobSizeError';
  readonly code = 'blob_size';
  readonly kind = 'integrity';

  constructor(options: { readonly digest: string; readonly expectedBytes: number; readonly why: string }) {
    super({
      advice: {
        what: `The size of ${shortDigest(options.digest)} is not what the manifest says`,
        why: `The manifest promises ${options.expectedBytes} bytes; ${options.why}.`,
        next: 'Try again. If it happens again, the registry holds a damaged copy: push the image again.',
      },
    });
  }
}

/** The registry, or its token service, does not accept the credentials, or wants some and has none. */
export class SignInRefusedError extends RefusalError {
  override readonly name = 'SignInRefusedError';
  readonly code = 'sign_in_refused';
  readonly kind = 'denied';

  constructor(refusal: Refusal, advice: Advice = signInRefused(refusal)) {
    super(refusal, advice);
  }

  explained(advice: Advice): SignInRefusedError {
    return new SignInRefusedError(this.refusal, advice);
  }
}

function signInRefused(refusal: Refusal): Advice {
  const { place, hadCredentials, said } = refusal;
  return hadCredentials
    ? {
        what: `${place.registry} refused the sign-in`,
        why: `The username or the password (or token) is wrong, expired or revoked.${quoted(said)}`,
        next: 'Replace the values of the secret with ones that work, then run it again.',
      }
    : {
        what: `${place.registry} asks for a sign-in`,
        why: `It does not serve this without credentials.${quoted(said)}`,
        next: 'Choose a secret for this registry, or save one first.',
      };
}

/**
 * Who asks is known (or anonymous), and may not read the repository, as far as the registry says.
 * Many registries answer the same for a repository that does not exist, so the text names both.
 */
export class AccessDeniedError extends RefusalError {
  override readonly name = 'AccessDeniedError';
  readonly code = 'access_denied';
  readonly kind = 'denied';

  constructor(refusal: Refusal, advice: Advice = accessDenied(refusal)) {
    super(refusal, advice);
  }

  explained(advice: Advice): AccessDeniedError {
    return new AccessDeniedError(this.refusal, advice);
  }
}

function accessDenied(refusal: Refusal): Advice {
  const { place, hadCredentials, said } = refusal;
  return {
    what: `${nameOf(place)} may not be read, or does not exist`,
    why: `${place.registry === 'docker.io' ? 'Docker Hub' : place.registry} gives the same answer for a repository that is missing and one that ${hadCredentials ? 'these credentials' : 'nobody without credentials'} may read.${quoted(said)}`,
    next: hadCredentials
      ? 'Check the spelling, then check that this account or token may pull from the repository.'
      : 'Check the spelling. If the repository is private, choose a secret for this registry.',
  };
}

export class RepositoryUnknownError extends RefusalError {
  override readonly name = 'RepositoryUnknownError';
  readonly code = 'repository_unknown';
  readonly kind = 'not_found';

  constructor(refusal: Refusal, advice: Advice = repositoryUnknown(refusal)) {
    super(refusal, advice);
  }

  explained(advice: Advice): RepositoryUnknownError {
    return new RepositoryUnknownError(this.refusal, advice);
  }
}

function repositoryUnknown(refusal: Refusal): Advice {
  const { place, said } = refusal;
  return {
    what: `${place.registry} has no repository ${place.repository ?? ''}`.trimEnd(),
    why: `It does not exist, or it is hidden from whoever asks without the right to it.${quoted(said)}`,
    next: 'Check the spelling of the path, and that the chosen secret may read it.',
  };
}

export class ManifestUnknownError extends RefusalError {
  override readonly name = 'ManifestUnknownError';
  readonly code = 'manifest_unknown';
  readonly kind = 'not_found';

  constructor(refusal: Refusal, advice: Advice = manifestUnknown(refusal)) {
    super(refusal, advice);
  }

  explained(advice: Advice): ManifestUnknownError {
    return new ManifestUnknownError(this.refusal, advice);
  }
}

function manifestUnknown(refusal: Refusal): Advice {
  const { place, said } = refusal;
  const target = place.target ?? '';
  const noun = target.includes(':') ? `image ${shortDigest(target)}` : `tag ${target}`;
  return {
    what: `${place.registry}/${place.repository ?? ''} has no ${noun}`,
    why: `It was never pushed there, or it was deleted.${quoted(said)}`,
    next: 'Check the spelling, or look up the tags that exist.',
  };
}

export class BlobUnknownError extends SlipwayError {
  override readonly name = 'BlobUnknownError';
  readonly code = 'blob_unknown';
  readonly kind = 'registry';

  constructor(options: { readonly place: Place; readonly digest: string }) {
    super({
      advice: {
        what: `The registry lost ${shortDigest(options.digest)}`,
        why: `The manifest names it, but ${nameOf(options.place)} does not have it.`,
        next: 'Push the image again: the registry holds it only in part.',
      },
    });
  }
}

/** The registry cannot be reached, breaks off, stalls or fails, after all retries. */
export class RegistryUnavailableError extends SlipwayError {
  override readonly name = 'RegistryUnavailableError';
  readonly code = 'registry_unavailable';
  readonly kind = 'network';
  /** Who could not be reached: the registry, or a service that signs in to it. */
  readonly place: Place;

  constructor(options: {
    readonly place: Place;
    readonly why: string;
    readonly next?: string;
    readonly isRetryable?: boolean;
    readonly cause?: unknown;
  }) {
    super({
      advice: {
        what: `${options.place.registry} could not be reached`,
        why: options.why,
        next: options.next ?? 'Try again in a few minutes; finished layers stay in the store.',
      },
      isRetryable: options.isRetryable ?? true,
      cause: options.cause,
    });
    this.place = options.place;
  }
}

/** An answer that the protocol does not know at that place. */
export class RegistryAnswerError extends SlipwayError {
  override readonly name = 'RegistryAnswerError';
  readonly code = 'registry_answer';
  readonly kind = 'registry';

  constructor(options: { readonly place: Place; readonly why: string; readonly next?: string }) {
    super({
      advice: {
        what: `${options.place.registry} gave an answer that a registry does not give`,
        why: options.why,
        next:
          options.next ??
          'Check that this host is a container registry and that no proxy answers in its place.',
      },
    });
  }
}

/** A redirect, or a token address, that would carry the request where it must not go. */
export class RedirectRefusedError extends SlipwayError {
  override readonly name = 'RedirectRefusedError';
  readonly code = 'redirect_refused';
  readonly kind = 'registry';

  constructor(options: { readonly place: Place; readonly why: string }) {
    super({
      advice: {
        what: `${options.place.registry} pointed to an address that Slipway does not follow`,
        why: options.why,
        next: 'This is for whoever runs the registry to correct.',
      },
    });
  }
}

function nameOf(place: Place): string {
  return place.repository === undefined ? place.registry : `${place.registry}/${place.repository}`;
}

/** What a server said, behind a blank, as far as it fits into a sentence. */
export function quoted(said: string | undefined): string {
  return said ? ` It said: “${plain(said, 300)}”.` : '';
}
