import { readSettings } from '#lib/config/load-settings.ts';
import { runWorker } from '#lib/worker/main.ts';

// A worker as `slipway worker` runs it, without generating the database client anew each time.
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await runWorker({ settings: readSettings(), signal: stop.signal });
