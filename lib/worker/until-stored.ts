import { SlipwayError } from '#lib/errors/slipway-error.ts';

const pauseMs = 250;

/**
 * Runs a write again and again while the database is away. What Slipway itself refused is final.
 *
 * @param options.forMs how long to go on
 * @throws SlipwayError that `work` throws, or the last failure when the time is over.
 */
export async function untilStored<T>(
  work: () => Promise<T>,
  options: { readonly forMs: number },
): Promise<T> {
  const endsAt = performance.now() + options.forMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SlipwayError || performance.now() > endsAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
