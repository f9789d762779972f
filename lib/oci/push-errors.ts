import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { type Place, quoted } from './errors.ts';
import { plain } from './plain-text.ts';

/** A request of a push that a registry, or what stands before it, does not take. */
interface Refused {
  readonly place: Place;
  readonly said?: string | undefined;
}

/** A body was longer than something on the way takes: nearly always a proxy before the registry. */
export class PushTooLargeError extends SlipwayError {
  override readonly name = 'PushTooLargeError';
  readonly code = 'push_too_large';
  readonly kind = 'registry';

  constructor({ place, said }: Refused) {
    super({
      advice: {
        what: `${place.registry} takes no request of this size`,
        why: `It answered 413 to a part of a layer. A proxy before a registry often limits how long a request may be.${quoted(said)}`,
        next: 'Have whoever runs the registry lift that limit (nginx: client_max_body_size 0), then push again: layers that arrived are not sent again.',
      },
    });
  }
}

/** The registry serves pulls alone: a cache, a mirror, one in read-only mode. */
export class PushUnsupportedError extends SlipwayError {
  override readonly name = 'PushUnsupportedError';
  readonly code = 'push_unsupported';
  readonly kind = 'unsupported';

  constructor({ place, said, status }: Refused & { readonly status: number }) {
    super({
      advice: {
        what: `${place.registry} takes no pushes`,
        why: `It answered ${status}: it is a cache or a mirror, or in read-only mode.${quoted(said)}`,
        next: 'Push to the registry behind it, or have whoever runs it allow writing.',
      },
    });
  }
}

/** The tag is there, means another image, and may not be moved. */
export class TagImmutableError extends SlipwayError {
  override readonly name = 'TagImmutableError';
  readonly code = 'tag_immutable';
  readonly kind = 'conflict';

  constructor({ place, said }: Refused) {
    super({
      advice: {
        what: `The tag ${place.target ?? ''} is there already and may not be moved`,
        why: `Tags of ${place.repository ?? 'this repository'} are immutable, and this one means another image.${quoted(said)}`,
        next: 'Push under a tag that is not there yet, or have the repository’s owner allow tags to be overwritten.',
      },
    });
  }
}

/** The registry took every layer and then does not take the manifest that names them. */
export class ManifestRefusedError extends SlipwayError {
  override readonly name = 'ManifestRefusedError';
  readonly code = 'manifest_refused';
  readonly kind = 'registry';

  constructor({ place, said, status, code }: Refused & { readonly status: number; readonly code: string }) {
    const words = code === '' ? String(status) : `${status} (${plain(code, 60)})`;
    super({
      advice: {
        what: `${place.registry} did not take the image’s manifest`,
        why: `Its layers are there, and it answered ${words}.${quoted(said)}`,
        next:
          code === 'MANIFEST_BLOB_UNKNOWN'
            ? 'Push again: it lost a layer that it had said it has.'
            : 'Check that it takes images of this type (OCI or Docker schema 2), and what rules its owner set for this repository.',
      },
    });
  }
}

/** The registry says that it took other bytes than those that were sent. */
export class PushedOtherError extends SlipwayError {
  override readonly name = 'PushedOtherError';
  readonly code = 'pushed_other';
  readonly kind = 'integrity';

  constructor(options: Refused & { readonly expected: string; readonly actual: string }) {
    const { place, expected, actual } = options;
    super({
      advice: {
        what: `${place.registry} keeps another image than the one that was pushed`,
        why: `${expected} was sent, and it answers that it has ${plain(actual, 90)}.`,
        next: 'Do not use what is there. A registry that converts images, or a proxy on the way that changes them, is the cause.',
      },
    });
  }
}

/** An upload that cannot be finished, however often it is begun. */
export class UploadFailedError extends SlipwayError {
  override readonly name = 'UploadFailedError';
  readonly code = 'upload_failed';
  readonly kind = 'registry';

  constructor({ place, digest, tries }: Refused & { readonly digest: string; readonly tries: number }) {
    super({
      advice: {
        what: `${place.registry} does not keep what is sent`,
        why: `The upload of ${plain(digest, 24)} was lost or refused ${tries} times, although what was sent is what its digest says.`,
        next: 'Push again in some minutes. If it happens again, the storage of the registry, or a proxy before it, loses data.',
      },
      isRetryable: true,
    });
  }
}
