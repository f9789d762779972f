import type { StepImage } from '#lib/engines/take-result.ts';
import type { Descriptor } from '#lib/oci/types.ts';
import { blobsOf } from '#lib/store/image-blobs.ts';
import type { RecordedImage } from '#lib/store/types.ts';
import { ImageCheckError } from '../errors.ts';
import { readStepImage } from './step-image.ts';
import type { RunStepsOptions } from './steps-work.ts';

/** A kept result, held and whole; undefined when the store has lost a part of it, which is as good as all of it. */
export async function heldResult(
  { store, keeper }: RunStepsOptions,
  manifest: Descriptor,
): Promise<StepImage | undefined> {
  try {
    await keeper.hold(recordOf(await readStepImage(store, manifest)));
    // What a collection had begun to take away is either back by now, or seen to be missing.
    return await readStepImage(store, manifest);
  } catch (error) {
    if (error instanceof ImageCheckError) return undefined;
    throw error;
  }
}

export function recordOf({ manifest }: StepImage): RecordedImage {
  return { digest: manifest.digest, blobs: blobsOf({ manifest }) };
}
