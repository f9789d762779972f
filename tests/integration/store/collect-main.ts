import { closeDatabase, configureDatabase } from '#lib/db/client.ts';
import { withStoreLock } from '#lib/store/collect-lock.ts';
import { collectStore } from '#lib/store/collect-store.ts';

// One collection as the command line runs it, without generating the database client anew each time.
const { DATABASE_URL: url = '', STORE_ROOT: root = '' } = process.env;
configureDatabase({ url });
const { signal } = new AbortController();
const tally = await withStoreLock({ url, isPatient: true, signal }, (lost) =>
  collectStore({
    root,
    limits: { bytesMax: null, daysMax: 30 },
    reason: 'command',
    graceMs: 0,
    signal: lost,
  }),
);
await closeDatabase();
process.stdout.write(JSON.stringify(tally));
