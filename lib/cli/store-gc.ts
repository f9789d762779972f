import { userInfo } from 'node:os';
import { formatBytes, formatCountOf } from '#lib/builds/format.ts';
import { CancelledError } from '#lib/errors/cancelled.ts';
import { collectLayout } from '#lib/store/collect-layout.ts';
import type { CollectionTally } from '#lib/store/types.ts';
import type { Command, CommandContext } from './command.ts';
import { type CollectArguments, parseCollectArguments } from './store-arguments.ts';
import { withServerStore } from './with-server-store.ts';

export const storeGc: Command = {
  name: 'store gc',
  summary: 'Remove what no image needs from the store, and images that are over the limits',
  help: `
Usage: slipway store gc [--dry-run] [--bytes-max SIZE] [--days-max DAYS] [--json]
       slipway store gc --store DIR [--dry-run] [--json]

Removes images that no build needed for too long, then the least recently used ones until the store is small enough;
blobs of no image; and downloads that nobody went on with. What a running build needs is never removed, and what a
later build misses is fetched again. The workers do the same every ten minutes.

  --dry-run         only say what would go
  --bytes-max SIZE  instead of SLIPWAY_STORE_BYTES_MAX: 50GB, 800MB, or none
  --days-max DAYS   instead of SLIPWAY_STORE_DAYS_MAX: a number of days, or none
  --store DIR       a layout that \`slipway pull --to DIR\` made: removes what its index.json does not reach
  --json            one JSON object, for programs
  --help            this text

Example:
  slipway store gc --dry-run --bytes-max 20GB
`,
  async run(context) {
    const options = parseCollectArguments(context.argv);
    const tally = await collect(context, options);
    if (options.isJson) context.stdout.write(`${JSON.stringify({ isDryRun: options.isDryRun, ...tally })}\n`);
    else context.stdout.write(`${sentence(tally, options.isDryRun)}\n`);
    return 0;
  },
};

async function collect(context: CommandContext, options: CollectArguments): Promise<CollectionTally> {
  const { signal } = context;
  const { folder, isDryRun } = options;
  if (folder !== undefined) return collectLayout({ root: folder, isDryRun, signal });
  return withServerStore(context, async ({ root, databaseUrl, settings }) => {
    // Loaded here, when the database client is sure to have been generated.
    const { collectStore, planTally } = await import('#lib/store/collect-store.ts');
    const { withStoreLock } = await import('#lib/store/collect-lock.ts');
    const limits = {
      bytesMax: options.bytesMax === undefined ? settings.storeBytesMax : options.bytesMax,
      daysMax: options.daysMax === undefined ? settings.storeDaysMax : options.daysMax,
    };
    if (isDryRun) return planTally({ root, limits });
    const lock = { url: databaseUrl, isPatient: true, signal };
    const tally = await withStoreLock(lock, (lost) =>
      collectStore({ root, limits, reason: 'command', requestedBy: userInfo().username, signal: lost }),
    );
    if (tally === null || tally === 'busy') throw new CancelledError(signal.reason);
    return tally;
  });
}

function sentence(tally: CollectionTally, isDryRun: boolean): string {
  const { images, blobs, partials, freedBytes } = tally;
  if (blobs + partials === 0) return 'Nothing to remove.';
  const parts = [
    formatCountOf(images, 'image'),
    formatCountOf(blobs, 'blob'),
    ...(partials === 0 ? [] : [formatCountOf(partials, 'download')]),
  ];
  return `${isDryRun ? 'Would remove' : 'Removed'} ${parts.join(', ')}: ${formatBytes(freedBytes)}.`;
}
