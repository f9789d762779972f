import { runBuild } from '#lib/builds/run-build.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { createRegistryClient, type RegistryClient } from '#lib/oci/client.ts';
import { sensitiveValues } from '#lib/secrets/sensitive-values.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { cleanContents } from './clean-texts.ts';
import { failureOf } from './failure-of.ts';
import { hideMinted } from './hide-minted.ts';
import type { Job, Outcome } from './messages.ts';
import { Outbox } from './outbox.ts';
import { stepsWorkOf } from './steps-work.ts';
import { openWayOut } from './way-out.ts';
import { WorkerLine } from './worker-line.ts';

// The process of one build. It has no database, no key and no environment: it is told its job through the pipe to its
// worker, and what it learns (values, minted tokens) ends with it. So the redaction is done here, before a line leaves
// the process, because only here all that must not be read is known.

const cancel = new AbortController();
const line = new WorkerLine({ onCancel: () => cancel.abort() });
const job = await line.ready();
const redactor = createRedactor([
  ...(job.secret === null ? [] : sensitiveValues(job.secret)),
  ...(job.steps?.secrets ?? []).flatMap(({ values }) => Object.values(values)),
]);
const clients: RegistryClient[] = [];
const hidden = hideMinted(redactor, clients);
const outbox = new Outbox({ send: (events) => line.store(events), clean: hidden.text });

process.once('uncaughtException', (error) => end(failure(error)));
await end(await run(job));

async function run(job: Job): Promise<Outcome | null> {
  const { reference, platform, secret, secretWhy, storeFolder } = job;
  const { egress, clouds } = openWayOut(job);
  try {
    const blobs = await runBuild({
      reference,
      platform,
      secret,
      secretWhy,
      connect({ registry, credentials, onRetry }) {
        const route = egress.forRegistry(registry);
        const client = createRegistryClient({ registry, ...route, credentials, onRetry });
        clients.push(client);
        return client;
      },
      clouds,
      onMinted: redactor.add,
      clean: hidden,
      store: await openBlobStore({ root: storeFolder, durability: 'durable' }),
      keeper: line,
      contents: {
        known: (digest) => line.contentsOf(digest),
        keep: ({ digest, contents }) => line.keepContents(digest, cleanContents(contents, hidden.text)),
      },
      provenance: { known: (digests) => line.known(digests) },
      lastProven: () => line.lastProven(),
      // A batch that cannot be stored shows when the box is emptied.
      emit: (event) => outbox.add(event).catch(() => {}),
      steps: stepsWorkOf(job, line),
      signal: cancel.signal,
    });
    await outbox.flush();
    return { kind: 'succeeded', blobs: [...blobs] };
  } catch (error) {
    // What cannot be stored is what it failed with, or tells less than that.
    await outbox.flush().catch(() => {});
    return cancel.signal.aborted ? null : failure(error);
  }
}

function failure(error: unknown): Outcome {
  return { kind: 'failed', ...failureOf(error, hidden.text) };
}

async function end(outcome: Outcome | null): Promise<void> {
  if (outcome !== null) await line.end(outcome);
  process.exit(0);
}
