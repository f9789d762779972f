import { expect, it } from 'vitest';
import { reportError } from '#lib/errors/report.ts';
import { BlobSizeError } from '#lib/oci/errors.ts';
import { outcomeOf, unwrap } from '#lib/pull/words.ts';
import { StoreFullError, storeFault } from '#lib/store/errors.ts';

/** What another thread gets to know of an outcome. */
async function across<T>(work: Promise<T>): Promise<T> {
  return unwrap(structuredClone(await outcomeOf(work)));
}

it('carries what came out', async () => {
  expect(await across(Promise.resolve('a'))).toBe('a');
});

it('carries an error of ours with its name, kind and words', async () => {
  const error = new BlobSizeError({ digest: 'sha256:0', expectedBytes: 1, why: 'more came' });
  const carried = await across(Promise.reject(error)).catch((caught: unknown) => caught);
  expect(reportError(carried)).toEqual(reportError(error));
  expect(carried).toMatchObject({ name: 'BlobSizeError', message: error.message });
});

it('carries a failure of the system so that it is known as one', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  const carried = await across(Promise.reject(full)).catch((caught: unknown) => caught);
  expect(storeFault({ error: carried, folder: '/x' })).toBeInstanceOf(StoreFullError);
});

it('carries whatever else was thrown as a fault of our own', async () => {
  const carried = await across(Promise.reject('odd')).catch((caught: unknown) => caught);
  expect(reportError(carried).kind).toBe('internal');
  expect(carried).toMatchObject({ message: 'odd' });
});
