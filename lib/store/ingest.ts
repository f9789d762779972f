import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { splitDigest } from '#lib/oci/digest.ts';
import { DigestMismatchError } from '#lib/oci/errors.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { type Durability, moveIntoPlace } from './commit.ts';
import { isDelivered, recordDelivery } from './deliveries.ts';
import { StoreFullError, storeFault } from './errors.ts';
import { type Lease, type LeaseRecord, type LeaseTiming, LeaseWatch, readLease, takeLease } from './lease.ts';
import {
  discardPartial,
  openPartial,
  type PartialBlob,
  partialBytesIn,
  removePartial,
  sealPartial,
  startOver,
} from './partial-blob.ts';
import { blobFile, ingestFolder } from './paths.ts';

export interface IngestOptions {
  readonly descriptor: Descriptor;
  /** Who delivers it: the registry's host, as in the reference. */
  readonly source: string;
  /** The caller already knows that it may use this blob, wherever its bytes came from. */
  readonly isGranted: boolean;
  /** Asks the source whether the caller may use bytes that it delivered to somebody else. Called at most once. */
  readonly confirm: () => Promise<boolean>;
  /**
   * Fetches what the partial lacks into it, and says what all of its bytes hash to, in hexadecimal digits. Nothing writes to
   * the file any more once it has settled. Its own failures pass through; what came stays for the next try.
   */
  readonly bring: (options: BringOptions) => Promise<string>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: IngestProgress) => void;
}

interface BringOptions {
  readonly partial: PartialBlob;
  /** What came before turned out to be wrong, and nothing is left of it: it may have been a mirror's. */
  readonly isSecondTry: boolean;
  readonly signal: AbortSignal;
}

export interface IngestProgress {
  /**
   * `fetching`: bytes come. `following`: they come to somebody else. `verifying`: all are here, and are hashed or go under
   * their name.
   */
  readonly phase: 'fetching' | 'following' | 'verifying';
  readonly doneBytes: number;
}

export interface IngestResult {
  /** Bytes that this call asked the source for, those of a try that did not match included. */
  readonly fetchedBytes: number;
  /** Bytes of an earlier try that this one went on from. */
  readonly resumedBytes: number;
}

export interface IngestContext {
  readonly root: string;
  readonly durability: Durability;
  /** Whether presence alone is a grant: true of a layout that belongs to one person. */
  readonly isPrivate: boolean;
  readonly leaseTiming: LeaseTiming;
  /** Blobs come in pieces of this size. */
  readonly pieceBytes: number;
}

/**
 * Brings a blob into the store, once among all processes: the first leads, the others follow and take over where a
 * leader stopped. Resolves when it is in place, verified.
 * @throws DigestMismatchError, BlobSizeError, StoreFullError, StoreUnwritableError, the signal's reason, and what `bring` throws
 */
export async function ingestBlob(context: IngestContext, options: IngestOptions): Promise<IngestResult> {
  const work = {
    context,
    options,
    mayUse: rightToUse(context, options),
    folder: ingestFolderOf(context, options),
  };
  try {
    return await leadOrFollow(work);
  } catch (error) {
    throw storeFault({ error, folder: context.root });
  }
}

/** Whether the store has it whole. A file of another length is damaged, and as good as none. */
export async function isInPlace(root: string, descriptor: Descriptor): Promise<boolean> {
  const found = await stat(blobFile(root, descriptor.digest)).catch(() => undefined);
  return found?.isFile() === true && found.size === descriptor.sizeBytes;
}

interface Work {
  readonly context: IngestContext;
  readonly options: IngestOptions;
  /** Whether bytes that this call did not fetch may be used. */
  readonly mayUse: (bytes: 'in place' | 'of the same source') => Promise<boolean>;
  readonly folder: string;
}

function ingestFolderOf({ root }: IngestContext, { descriptor, source }: IngestOptions): string {
  return ingestFolder({ root, digest: descriptor.digest, source });
}

function rightToUse({ root, isPrivate }: IngestContext, options: IngestOptions): Work['mayUse'] {
  let confirmed: Promise<boolean> | undefined;
  return async (bytes) => {
    if (options.isGranted || isPrivate) return true;
    const { source, descriptor } = options;
    if (bytes === 'in place' && !(await isDelivered({ root, digest: descriptor.digest, source })))
      return false;
    confirmed ??= options.confirm();
    return confirmed;
  };
}

async function leadOrFollow(work: Work): Promise<IngestResult> {
  const { context, options, folder } = work;
  const { leaseTiming } = context;
  const watch = new LeaseWatch(leaseTiming);
  for (;;) {
    options.signal.throwIfAborted();
    if (await isUsable(work)) return { fetchedBytes: 0, resumedBytes: 0 };
    const record = await readLease(folder);
    const standing = watch.judge(record);
    if (standing === 'held') {
      const { sizeBytes } = options.descriptor;
      const doneBytes = await partialBytesIn(folder, { sizeBytes, pieceBytes: context.pieceBytes });
      options.onProgress({ phase: 'following', doneBytes });
      await delay(leaseTiming.pollMs, undefined, { signal: options.signal });
      continue;
    }
    const lease = await takeLease({ folder, after: record, timing: leaseTiming });
    if (lease === undefined) continue;
    const result = await lead({
      ...work,
      lease,
      idleToken: standing === 'idle' ? tokenOf(record) : undefined,
    });
    if (result !== 'lost') return result;
  }
}

async function isUsable({ context, options, mayUse }: Work): Promise<boolean> {
  return (await isInPlace(context.root, options.descriptor)) && mayUse('in place');
}

function tokenOf(record: LeaseRecord | undefined): string | undefined {
  return record?.content?.token;
}

interface Leading extends Work {
  readonly lease: Lease;
  /** The owner before this one, if it can never write again. */
  readonly idleToken: string | undefined;
}

async function lead(leading: Leading): Promise<IngestResult | 'lost'> {
  const { context, options, folder, lease } = leading;
  // The leader before may have finished between the last look and the lease.
  if (await isUsable(leading)) {
    await lease.remove();
    return { fetchedBytes: 0, resumedBytes: 0 };
  }
  const signal = AbortSignal.any([options.signal, lease.lost]);
  try {
    const { idleToken } = leading;
    const { descriptor } = options;
    const { pieceBytes } = context;
    const partial = await openPartial({
      ...{ folder, token: lease.token, idleToken, descriptor, pieceBytes, signal },
    });
    const result = await complete({ ...leading, signal }, partial);
    if (result === 'lost') await lease.release();
    else await lease.remove();
    return result;
  } catch (error) {
    const isLost = lease.lost.aborted && !options.signal.aborted;
    if (isLost) await removePartial({ folder, token: lease.token });
    await lease.release();
    if (isLost) return 'lost';
    throw error;
  }
}

/**
 * Fetches what is missing, verifies and commits. What does not match is fetched once more, from nothing: what was
 * resumed may have been damaged, and after a mirror the registry itself is asked.
 */
async function complete(
  leading: Leading & { readonly signal: AbortSignal },
  resumed: PartialBlob,
): Promise<IngestResult | 'lost'> {
  const { options, mayUse, signal } = leading;
  const { sizeBytes } = options.descriptor;
  let partial = resumed;
  let resumedBytes = partial.landed.totalBytes;
  let fetchedBytes = 0;
  try {
    if (resumedBytes === sizeBytes && resumedBytes > 0 && !(await mayUse('of the same source'))) {
      // Complete, so no request would prove that the caller may have it: it has to be fetched.
      partial = await startOver({ partial, signal });
      resumedBytes = 0;
    }
    for (let isSecondTry = false; ; isSecondTry = true) {
      const beforeBytes = partial.landed.totalBytes;
      const fault = await bring(leading, { partial, isSecondTry });
      fetchedBytes += sizeBytes - beforeBytes;
      if (fault === undefined) break;
      if (isSecondTry) throw fault;
      partial = await startOver({ partial, signal });
      resumedBytes = 0;
    }
    return (await commit(leading, partial)) ? { fetchedBytes, resumedBytes } : 'lost';
  } catch (error) {
    if (isWorthless(error)) await discardPartial(partial).catch(() => undefined);
    throw error;
  }
}

/** What is wrong with the bytes that came, if anything. */
async function bring(
  leading: Leading & { readonly signal: AbortSignal },
  attempt: { readonly partial: PartialBlob; readonly isSecondTry: boolean },
): Promise<DigestMismatchError | undefined> {
  const { options, signal } = leading;
  const { digest, sizeBytes } = options.descriptor;
  const { landed } = attempt.partial;
  const tell = () => {
    const doneBytes = landed.totalBytes;
    options.onProgress({ phase: doneBytes < sizeBytes ? 'fetching' : 'verifying', doneBytes });
  };
  tell();
  const timer = setInterval(tell, progressEveryMs);
  try {
    const { algorithm } = splitDigest(digest);
    const actual = `${algorithm}:${await options.bring({ ...attempt, signal })}`;
    signal.throwIfAborted();
    if (actual === digest) return undefined;
    return new DigestMismatchError({ expected: digest, actual, noun: 'layer' });
  } finally {
    clearInterval(timer);
    tell();
  }
}

/** Threads count what lands; nobody looks more often than a display changes. */
const progressEveryMs = 100;

/** False when the lease was lost: then whoever has it finishes the blob. */
async function commit(leading: Leading, partial: PartialBlob): Promise<boolean> {
  const { context, options, lease } = leading;
  const { root, durability } = context;
  const { digest } = options.descriptor;
  await sealPartial({ partial, isDurable: durability === 'durable' });
  if (!(await lease.isHeld())) {
    await discardPartial(partial);
    return false;
  }
  if (await isInPlace(root, options.descriptor)) await discardPartial(partial);
  else await moveIntoPlace({ from: partial.file, to: blobFile(root, digest), durability });
  // After the blob: a record without a blob would grant nothing, and a crash in between costs one more download.
  if (!context.isPrivate) await recordDelivery({ root, digest, source: options.source, durability });
  return true;
}

/** Wrong bytes are. A full disk stops the database and every other build too: what cannot be finished is given back. */
function isWorthless(error: unknown): boolean {
  if (error instanceof SlipwayError && error.kind === 'integrity') return true;
  return storeFault({ error, folder: '' }) instanceof StoreFullError;
}
