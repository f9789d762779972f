import { InputError } from '#lib/errors/input.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';

export class UploadTooLargeError extends SlipwayError {
  override readonly name = 'UploadTooLargeError';
  readonly code = 'upload_too_large';
  readonly kind = 'input';

  constructor(options: { readonly sizeBytes: number; readonly bytesMax: number }) {
    const [size, most] = toldApart(options.sizeBytes, options.bytesMax);
    super({
      advice: {
        what: 'The file is too large',
        why: `It has ${size}; this server takes files of up to ${most}.`,
        next: 'Fetch it in a step from where it lies, or ask whoever runs this server to raise SLIPWAY_UPLOAD_BYTES_MAX.',
      },
    });
  }
}

/** The workspace has uploaded as much as it may. */
export class UploadsFullError extends SlipwayError {
  override readonly name = 'UploadsFullError';
  readonly code = 'uploads_full';
  readonly kind = 'storage';

  constructor(options: {
    readonly usedBytes: number;
    readonly sizeBytes: number;
    readonly bytesMax: number;
  }) {
    const { usedBytes, sizeBytes, bytesMax } = options;
    super({
      advice: {
        what: 'There is no room for the file',
        why: `The files of this workspace take ${megabytes(usedBytes)} of ${megabytes(bytesMax)}, and this one has ${megabytes(sizeBytes)}.`,
        next: 'Delete images that nobody needs: their files go with them. Or ask whoever runs this server to raise SLIPWAY_UPLOADS_BYTES_MAX.',
      },
    });
  }
}

/** What came is not what was announced. Nothing of it was kept. */
export class UploadDamagedError extends SlipwayError {
  override readonly name = 'UploadDamagedError';
  readonly code = 'upload_damaged';
  readonly kind = 'integrity';

  constructor() {
    super({
      advice: {
        what: 'The file arrived damaged',
        why: 'What came does not match the digest of the file. It may have been changed while it was sent.',
        next: 'Choose the file again.',
      },
      isRetryable: true,
    });
  }
}

/** A worker that a step needs the file on could not write it to its own disk. */
export class UploadUnwrittenError extends SlipwayError {
  override readonly name = 'UploadUnwrittenError';
  readonly code = 'upload_unwritten';
  readonly kind = 'storage';

  constructor(cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an unknown fault';
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    super({
      advice: {
        what: 'A file of the step could not be brought to the worker',
        why: isFull
          ? 'The disk of the worker is full.'
          : `The worker cannot write to its own disk (${code}).`,
        next: `Ask whoever runs this server to ${isFull ? 'make room' : 'look'} where SLIPWAY_DATA/engine lies on the worker, and run the build again. The steps before it are kept.`,
      },
      isRetryable: true,
      cause,
    });
  }
}

/** A request that is no next piece of this upload: of a page that is older than the server, or of no page. */
export class UploadPieceError extends SlipwayError {
  override readonly name = 'UploadPieceError';
  readonly code = 'upload_piece';
  readonly kind = 'input';

  constructor(why: string) {
    super({
      advice: {
        what: 'This is no piece of the upload',
        why,
        next: 'Reload the page, and choose the file again.',
      },
    });
  }
}

/** Files that are named and not among the workspace's uploads; whoever else may have them does not matter. */
export function missingUploads(names: readonly string[]): InputError {
  const list = names.join(', ');
  return new InputError(
    {
      what: names.length === 1 ? `The file ${list} is not here` : `Files are not here: ${list}`,
      why: 'This workspace has no upload with that content. It was never uploaded here, or nobody needed it for a month.',
      next: 'Choose the file in its step, so that it is uploaded.',
    },
    { steps: `Upload ${list}.` },
  );
}

/** Two sizes that differ, in figures that do. */
function toldApart(oneBytes: number, otherBytes: number): readonly [string, string] {
  const [one, other] = [megabytes(oneBytes), megabytes(otherBytes)];
  return one === other ? [exactly(oneBytes), exactly(otherBytes)] : [one, other];
}

function megabytes(bytes: number): string {
  return bytes < 1e6
    ? exactly(bytes)
    : `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
}

function exactly(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`;
}
