import { reportError } from '#lib/errors/report.ts';
import type { RegistryClient } from '#lib/oci/client.ts';
import { parsePlatform } from '#lib/oci/platform.ts';
import type { Provenance } from '#lib/pull/provenance.ts';
import type { Resolution } from '#lib/pull/resolve.ts';
import { findStandIn, isServedForLimit, type LastProven, type StandIn } from '#lib/pull/stand-in.ts';
import type { BlobStore } from '#lib/store/blob-store.ts';
import type { StageLog } from '../log/stage-log.ts';
import type { BuildEvent } from '../schema.ts';

/** What a stage needs to know to go on without its registry. */
export interface StoredOptions {
  readonly platform: string;
  readonly store: BlobStore;
  readonly provenance: Provenance;
  /** What the registry proved last to these credentials; null where that may not stand in for it. */
  readonly lastProven: () => Promise<LastProven | null>;
  readonly emit: (event: BuildEvent) => void;
}

/**
 * Does what asks the registry. Where that is down and an image in the store may stand in for it, says so in the log and in
 * the facts, and comes back with that image.
 * @throws what `work` throws, in all other cases
 */
export async function unlessDown<T>(
  options: StoredOptions,
  log: StageLog,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | { readonly standIn: StandIn; readonly failure: unknown }> {
  try {
    return { result: await work() };
  } catch (error) {
    const { lastProven } = options;
    const platform = parsePlatform(options.platform);
    const standIn = await findStandIn({ error, lastProven, platform, cache: options });
    if (standIn === undefined) throw error;
    const { provenAt } = standIn;
    const { what, why } = reportError(error);
    log.warn('warning', `${what}. ${why}`);
    log.warn(
      'warning',
      `access was last proved on ${dayAndTime(provenAt)}, which the operator lets stand (staleHoursMax): the image comes out of the store`,
    );
    options.emit({ kind: 'facts', facts: { served: { why: 'registry_down', provenAt } } });
    return { standIn, failure: error };
  }
}

/** Says so where the registry only confirmed an image because it has no pulls left to hand it out. */
export async function tellServedForLimit(
  options: StoredOptions,
  log: StageLog,
  found: { readonly client: RegistryClient; readonly image: Resolution },
): Promise<void> {
  if (!(await isServedForLimit({ ...found, cache: options }))) return;
  const { registry } = found.client;
  log.warn(
    'warning',
    `${registry} has no pulls left to give, and confirmed that this image may be read: it comes out of the store`,
  );
  options.emit({ kind: 'facts', facts: { served: { why: 'rate_limited' } } });
}

/** `2026-11-26 00:41 UTC` */
function dayAndTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
