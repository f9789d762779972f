import { CancelledError } from '#lib/errors/cancelled.ts';
import type { CredentialSource, Credentials } from '#lib/oci/types.ts';

/** Credentials that end. */
export interface Minted {
  readonly credentials: Credentials;
  /** Milliseconds since 1970, by the clock of this process. */
  readonly endsAtMs: number;
}

/**
 * Turns a way to mint credentials into a source that keeps them until shortly before their end. Requests at once share one
 * mint; refused credentials are not handed out again. A failed mint is forgotten: the next call tries anew.
 */
export function mintedSource(options: {
  readonly mint: (options: { readonly signal: AbortSignal }) => Promise<Minted>;
  readonly clock?: (() => number) | undefined;
}): CredentialSource {
  const { mint, clock = Date.now } = options;
  let kept: Promise<Kept> | undefined;
  /** The mint that is under way: whoever asks meanwhile is given its outcome, whatever was refused before. */
  let pending: Promise<Kept> | undefined;

  function start(signal: AbortSignal): Promise<Kept> {
    const started = mint({ signal }).then((minted) => ({ ...minted, renewAtMs: renewAt(minted, clock()) }));
    kept = started;
    pending = started;
    const settle = () => {
      if (pending === started) pending = undefined;
    };
    started.then(settle, () => {
      settle();
      if (kept === started) kept = undefined;
    });
    return started;
  }

  return async ({ isRefused, signal }) => {
    for (;;) {
      const known = pending ?? (isRefused ? undefined : kept);
      const current = known ?? start(signal);
      try {
        const { credentials, renewAtMs } = await current;
        if (signal.aborted) throw new CancelledError(signal.reason);
        // What was minted just now is taken as it is, however soon it ends.
        if (known === undefined || clock() < renewAtMs) return credentials;
        if (kept === current) kept = undefined;
      } catch (error) {
        if (signal.aborted) throw new CancelledError(signal.reason);
        // Whoever began the mint was cancelled, which says nothing about this request.
        if (!(error instanceof CancelledError)) throw error;
      }
    }
  };
}

/** How long something lives, to the minute: "12h", "1h 30m", "45m". */
export function lifeText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [...(hours > 0 ? [`${hours}h`] : []), ...(rest > 0 || hours === 0 ? [`${rest}m`] : [])].join(' ');
}

interface Kept extends Minted {
  readonly renewAtMs: number;
}

/** Long enough for a request that is under way to arrive; a sixth of the life of those that live shorter. */
const renewBeforeMsMax = 5 * 60_000;

function renewAt({ endsAtMs }: Minted, nowMs: number): number {
  return endsAtMs - Math.min(renewBeforeMsMax, (endsAtMs - nowMs) / 6);
}
