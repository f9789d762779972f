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
