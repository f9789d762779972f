import { SlipwayError } from '#lib/errors/slipway-error.ts';

/**
 * A layer whose archive cannot be read to its end. `why` is a clause about the layer, "its archive ends in the middle";
 * `layerIndex` counts from the base, and is there once it is known which layer it was.
 */
export class LayerUnreadableError extends SlipwayError {
  override readonly name = 'LayerUnreadableError';
  readonly code = 'layer_unreadable';
  readonly kind = 'unsupported';
  readonly why: string;
  readonly layerIndex: number | undefined;

  constructor(options: {
    readonly why: string;
    readonly next?: string;
    readonly layerIndex?: number;
    readonly cause?: unknown;
  }) {
    const { why, next, layerIndex, cause } = options;
    const which = layerIndex === undefined ? 'A layer' : `Layer ${layerIndex + 1}`;
    super({
      advice: {
        what: `${which} of the image cannot be read`,
        why: `As far as it was read, ${why}.`,
        next: next ?? 'Build the image again and push it, then run this build again.',
      },
      cause,
    });
    this.why = why;
    this.layerIndex = layerIndex;
  }

  /** The same, of that layer. */
  ofLayer(layerIndex: number): LayerUnreadableError {
    return new LayerUnreadableError({ why: this.why, next: this.advice.next, layerIndex, cause: this.cause });
  }
}

/** Somebody saved another revision since the one that was edited was opened. Nothing was changed. */
export class RevisionConflictError extends SlipwayError {
  override readonly name = 'RevisionConflictError';
  readonly code = 'revision_conflict';
  readonly kind = 'conflict';
  /** The newest. */
  readonly revision: number;

  constructor(options: { readonly name: string; readonly revision: number; readonly byName: string }) {
    const { name, revision, byName } = options;
    super({
      advice: {
        what: `${name} was changed meanwhile`,
        why: `${byName} saved revision ${revision} after this page was opened. What you typed is still here; nothing was overwritten.`,
        next: `Look at revision ${revision}, then save over it, or discard what you typed and edit that one.`,
      },
    });
    this.revision = revision;
  }
}

/** Builds that have not ended use the image. It was not deleted. */
export class ImageInUseError extends SlipwayError {
  override readonly name = 'ImageInUseError';
  readonly code = 'image_in_use';
  readonly kind = 'conflict';

  constructor(options: { readonly name: string; readonly buildNumbers: readonly number[] }) {
    const list = options.buildNumbers.map((number) => `#${number}`).join(', ');
    super({
      advice: {
        what: `The image ${options.name} was not deleted`,
        why: `Builds of it have not ended: ${list}.`,
        next: 'Wait until they end or cancel them, then delete the image.',
      },
    });
  }
}

/** The image that Python is taken from and the base do not go together. Nothing was run. */
export class PythonMisfitError extends SlipwayError {
  override readonly name = 'PythonMisfitError';
  readonly code = 'python_misfit';
  readonly kind = 'unsupported';

  constructor(options: {
    readonly version: string;
    /** A sentence in which “it” is the image that Python is taken from. */
    readonly why: string;
    readonly next?: string | undefined;
  }) {
    const { version, why, next } = options;
    super({
      advice: {
        what: `Python ${version} cannot be added to this base`,
        why: `Python comes from an image that this server’s operator set. ${why}`,
        next:
          next ??
          'Choose another base, or ask whoever runs this server to set SLIPWAY_PYTHON_IMAGE to an image whose Python goes with it.',
      },
    });
  }
}
