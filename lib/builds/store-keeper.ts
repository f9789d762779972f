import type { HeldImage } from '#lib/store/types.ts';

/** Who collects the store, and from whom a build needs two things. */
export interface StoreKeeper {
  /** Keeps an image from being collected until the build has ended. Only then may the build look what of it is here. */
  hold(image: HeldImage): Promise<void>;
  /** Collects what is least needed if so many bytes would not fit. Resolves even if that did not help. */
  makeRoom(neededBytes: number): Promise<void>;
}
