import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** The disk, or the quota on it, has no room. What cannot be finished was given back; the store stays whole. */
export class StoreFullError extends SlipwayError {
  override readonly name = 'StoreFullError';
  readonly code = 'store_full';
  readonly kind = 'storage';

  constructor(options: {
    readonly folder: string;
    readonly neededBytes?: number;
    readonly freeBytes?: number;
    readonly cause?: unknown;
  }) {
    const { folder, neededBytes, freeBytes, cause } = options;
    super({
      advice: {
        what: 'The disk is full',
        why:
          neededBytes === undefined || freeBytes === undefined
            ? `The file system of ${folder} took no more bytes.`
            : `${megabytes(neededBytes)} are needed in ${folder}, and ${megabytes(freeBytes)} are free.`,
        next: 'Free some space there, then run it again; finished layers stay in the store.',
      },
      cause,
    });
  }
}

/** The store's folder cannot be written: rights, a read-only file system, a failing disk. */
export class StoreUnwritableError extends SlipwayError {
  override readonly name = 'StoreUnwritableError';
  readonly code = 'store_unwritable';
  readonly kind = 'storage';

  constructor(options: { readonly folder: string; readonly why: string; readonly cause?: unknown }) {
    super({
      advice: {
        what: `${options.folder} cannot be written`,
        why: options.why,
        next: 'Give this user the right to write there, or choose another folder.',
      },
      cause: options.cause,
    });
  }
}

/** A folder that holds something else: blobs are not strewn into it. */
export class NotALayoutError extends SlipwayError {
  override readonly name = 'NotALayoutError';
  readonly code = 'not_a_layout';
  readonly kind = 'conflict';

  constructor(options: { readonly folder: string; readonly why: string }) {
    super({
      advice: {
        what: `${options.folder} is not an image layout`,
        why: options.why,
        next: 'Choose a folder that is new, empty, or an OCI image layout.',
      },
    });
  }
}

/** A collection that stopped half-way: its process was ended. What it had begun to remove, the next one removes. */
export class CollectionInterruptedError extends SlipwayError {
  override readonly name = 'CollectionInterruptedError';
  readonly code = 'collection_interrupted';
  readonly kind = 'storage';

  constructor(cause?: unknown) {
    super({
      advice: {
        what: 'The collection was interrupted',
        why: 'The process that ran it ended before it was done. No image that stays was touched.',
        next: 'Nothing has to be done: the next collection goes on where this one stopped.',
      },
      isRetryable: true,
      cause,
    });
  }
}

/** Another process pulls into the layout: what nobody names yet may be what it has just brought. */
export class LayoutBusyError extends SlipwayError {
  override readonly name = 'LayoutBusyError';
  readonly code = 'layout_busy';
  readonly kind = 'conflict';

  constructor(folder: string) {
    super({
      advice: {
        what: 'A pull into this folder is running',
        why: `Another process brings blobs into ${folder} that nothing names yet. Nothing was removed.`,
        next: 'Wait until it has ended, then collect again.',
      },
      isRetryable: true,
    });
  }
}

/** A blob of the store is not what its digest says, or is gone although an image needs it. */
export class BlobDamagedError extends SlipwayError {
  override readonly name = 'BlobDamagedError';
  readonly code = 'blob_damaged';
  readonly kind = 'integrity';

  constructor(options: { readonly digest: string; readonly cause?: unknown }) {
    super({
      advice: {
        what: 'A part of the image is damaged in the store',
        why: `The blob ${options.digest} cannot be read, or is not what its digest says. Nothing of it was handed out as whole.`,
        next: 'Whoever runs the server: `slipway store check` names what is damaged. After that, build it again.',
      },
      cause: options.cause,
    });
  }
}

/** This process sees no store: it runs on a machine that does not share it with the workers. */
export class StoreUnseenError extends SlipwayError {
  override readonly name = 'StoreUnseenError';
  readonly code = 'store_unseen';
  readonly kind = 'setup';

  constructor(folder: string) {
    super({
      advice: {
        what: 'This server does not see the image store',
        why: `There is no store in ${folder}: the workers keep theirs elsewhere.`,
        next: 'Whoever runs the server: share the folder SLIPWAY_DATA/store between the machines of web and workers.',
      },
    });
  }
}

/** Turns a failure of the file system into one that says what to do; anything else comes back as it is. */
export function storeFault(options: { readonly error: unknown; readonly folder: string }): unknown {
  const { error, folder } = options;
  const code = systemCodeOf(error);
  if (code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StoreFullError({ folder, cause: error });
  const why = unwritableBecause[code];
  return why === undefined ? error : new StoreUnwritableError({ folder, why, cause: error });
}

/** `ENOENT` and the like, of errors that the system raised. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

const unwritableBecause: Readonly<Record<string, string>> = {
  EACCES: 'This user may not write there.',
  EPERM: 'This user may not write there.',
  EROFS: 'The file system is mounted read-only.',
  ENOTDIR: 'A part of its path is a file, not a folder.',
  EEXIST: 'A file of that name is in the way.',
  ELOOP: 'Its path goes in circles.',
  ENAMETOOLONG: 'Its path is too long.',
  EIO: 'The disk reports a fault.',
  EMFILE: 'Too many files are open.',
  ENFILE: 'Too many files are open on this machine.',
};

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
