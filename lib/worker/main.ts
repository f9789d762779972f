import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { reapEveryMs, reapLostBuilds, workChannel } from '#lib/builds/queue.ts';
import type { Settings } from '#lib/config/settings.ts';
import { closeDatabase, configureDatabase, databaseUrl } from '#lib/db/client.ts';
import { listen, type Notification } from '#lib/db/listen.ts';
import { loadRegistries } from '#lib/egress/registries-config.ts';
import { createLogger, type Logger } from '#lib/log/logger.ts';
import {
  endOverduePreflights,
  forgetOldPreflights,
  workChannel as preflightWorkChannel,
} from '#lib/preflight/queue.ts';
import { workChannel as pushWorkChannel, reapPushes } from '#lib/push/queue.ts';
import { checkPendingVersions } from '#lib/secrets/check-version.ts';
import { pendingChannel, publishSealingKey } from '#lib/secrets/mutations.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { storeChannel } from '#lib/store/mutations.ts';
import { forgetUnusedUploads } from '#lib/uploads/mutations.ts';
import { loadKeyring } from '#lib/vault/keyring.ts';
import { openSecret, type SealedRecord } from '#lib/vault/open.ts';
import { Collector, lookAtStoreEveryMs } from './collect.ts';
import { Crew } from './crew.ts';
import { equipSteps, noteOf } from './equip-steps.ts';
import type { Equipment } from './load-job.ts';
import { PreflightCrew } from './preflight-crew.ts';
import { PushCrew } from './push-crew.ts';
import { forgetOldWorkers, heartbeatMs, sayGone, saySeen } from './worker-row.ts';

/**
 * Takes builds and checks from their queues and runs them until `signal` fires; then gives back what runs, and resolves
 * when nothing of it is left. Another worker, or the next start, goes on with those builds from the bytes that are there.
 *
 * @throws KeyringError, RegistriesFileError, NotALayoutError, StoreUnwritableError when it cannot begin.
 */
export async function runWorker(options: {
  readonly settings: Settings;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { settings, signal } = options;
  if (settings.databaseUrl !== undefined) configureDatabase({ url: settings.databaseUrl });
  const workerId = randomUUID();
  const logger = createLogger({
    name: 'worker',
    write: (line) => void process.stdout.write(line),
    level: settings.logLevel,
  }).with({ workerId, pid: process.pid });
  const engine = await equipSteps({ settings, logger });
  const equipment = { ...(await equip(settings, signal)), engine };
  const { storeFolder } = equipment;
  const slots = settings.workerSlots;
  const limits = { bytesMax: settings.storeBytesMax, daysMax: settings.storeDaysMax };
  const store = { root: storeFolder, limits, databaseUrl: databaseUrl() };
  const collector = new Collector({ ...store, logger, signal });
  const { makeRoom } = collector;
  const pushes = new PushCrew({ workerId, equipment, logger });
  const onEnd = () => {
    void collector.measure().catch(told(logger));
    // What was waiting for the build to succeed.
    void pushes.wake().catch(told(logger));
  };
  const crew = new Crew({ workerId, slots, equipment, makeRoom, onEnd, logger });
  const preflights = new PreflightCrew({ workerId, equipment, logger });
  const listening = new AbortController();
  const checkSecrets = () => checkPendingVersions({ open: equipment.open, signal });
  const hear = async ({ channel, payload }: Notification) => {
    const [word, id = ''] = payload.split(' ');
    if (channel === pendingChannel) await checkSecrets();
    else if (channel === storeChannel) await collector.collectAsked();
    else if (channel === preflightWorkChannel && word === 'abandon') preflights.abandon(id);
    else if (channel === preflightWorkChannel) await preflights.wake();
    else if (channel === pushWorkChannel && word === 'cancel') await pushes.notice(id);
    else if (channel === pushWorkChannel) await pushes.wake();
    else if (word === 'cancel') await crew.notice(id);
    else await crew.wake();
  };
  const look = () => Promise.all([crew.wake(), preflights.wake(), pushes.wake(), checkSecrets()]);
  try {
    await clearUp(storeFolder, logger);
    await listen({
      url: databaseUrl(),
      channels: [workChannel, preflightWorkChannel, pushWorkChannel, pendingChannel, storeChannel],
      onNotification: (notification) => void hear(notification).catch(told(logger)),
      onGap: () => void look().catch(told(logger)),
      signal: listening.signal,
    });
    logger.info('Worker ready', { count: slots });
    await Promise.all([
      repeat({ everyMs: heartbeatMs, signal, logger }, () =>
        saySeen({ workerId, slots, busy: crew.busy, storeFolder, engine: noteOf(engine) }),
      ),
      repeat({ everyMs: lookForEngineEveryMs, signal, logger }, engine.lookAgain),
      repeat({ everyMs: reapEveryMs, signal, logger }, async () => {
        const count = await reapLostBuilds();
        if (count > 0) logger.warn('Lost builds taken from their workers', { count });
      }),
      repeat({ everyMs: reapEveryMs, signal, logger }, async () => {
        const count = await endOverduePreflights();
        if (count > 0) logger.warn('Checks ended that no worker has', { count });
      }),
      repeat({ everyMs: reapEveryMs, signal, logger }, async () => {
        const count = await reapPushes();
        if (count > 0) logger.warn('Pushes taken from their workers or ended', { count });
      }),
      repeat({ everyMs: lookAtStoreEveryMs, signal, logger }, () => collector.look()),
      repeat({ everyMs: forgetEveryMs, signal, logger }, forgetOldPreflights),
      repeat({ everyMs: forgetUploadsEveryMs, signal, logger }, async () => {
        const { count } = await forgetUnusedUploads();
        if (count > 0) logger.info('Uploads removed that nothing uses', { count });
      }),
      repeat({ everyMs: lookEveryMs, signal, logger }, async () => void (await look())),
    ]);
  } finally {
    await Promise.all([crew.stop(), preflights.stop(), pushes.stop()]);
    await sayGone(workerId).catch(told(logger));
    await engine.release();
    listening.abort();
    await closeDatabase();
    logger.info('Worker stopped');
  }
}

/** Announcements wake a worker at once; this is for those that a broken connection swallowed. */
const lookEveryMs = 5_000;
/** Somebody who installed what was missing sees it found while he looks. */
const lookForEngineEveryMs = 10_000;
/** How often checks that are of no more use are deleted. */
const forgetEveryMs = 60_000;
/** What goes then was of no use for a day. */
const forgetUploadsEveryMs = 10 * 60_000;
/** Partial blobs that nobody went on with for a week are given up. */
const partialBlobsKeptMs = 7 * 24 * 3_600_000;

async function equip(settings: Settings, signal: AbortSignal): Promise<Omit<Equipment, 'engine'>> {
  const { keyFile: file, keyText: text, keyCommand: command } = settings;
  const keyring = await loadKeyring({ file, text, command, signal });
  const registries = await loadRegistries({ path: settings.registriesFile });
  await publishSealingKey(keyring.newest);
  const open = (record: SealedRecord) => openSecret({ ...record, keyring });
  const { awsEndpoints, storeFolder } = settings;
  return { open, registries, awsEndpoints, storeFolder };
}

/** What killed processes left behind goes before this worker says that it is ready. */
async function clearUp(storeFolder: string, logger: Logger): Promise<void> {
  const store = await openBlobStore({ root: storeFolder, durability: 'durable' });
  const sizeBytes = await store.collectIngests({ olderThanMs: partialBlobsKeptMs });
  if (sizeBytes > 0) logger.info('Old partial blobs removed', { sizeBytes });
  await forgetOldWorkers();
  await reapLostBuilds();
}

/** Works at a steady pace until the signal fires. A failure is told once, however long it lasts. */
async function repeat(
  options: { readonly everyMs: number; readonly signal: AbortSignal; readonly logger: Logger },
  work: () => Promise<void>,
): Promise<void> {
  let isFailing = false;
  while (!options.signal.aborted) {
    try {
      await work();
      isFailing = false;
    } catch (error) {
      if (!isFailing) told(options.logger)(error);
      isFailing = true;
    }
    await wait(options.everyMs, undefined, { signal: options.signal }).catch(() => {});
  }
}

function told(logger: Logger): (error: unknown) => void {
  return (error) => logger.warn('A round of work failed; it is tried again', { error });
}
