import { createRedactor } from '#lib/log/redact.ts';
import { createRegistryClient } from '#lib/oci/client.ts';
import { createPushClient } from '#lib/oci/push-client.ts';
import { runPush } from '#lib/push/run-push.ts';
import { sensitiveValues } from '#lib/secrets/sensitive-values.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { failureOf } from './failure-of.ts';
import { hideMinted, type Minting } from './hide-minted.ts';
import { PushLine } from './push-line.ts';
import type { PushJob, PushOutcome } from './push-messages.ts';
import { openWayOut } from './way-out.ts';

// The process of one push. As with builds it has no database, no key and no environment, and what it learns ends with it; so what it
// says is redacted here, where all that must not be read is known.

const cancel = new AbortController();
const line = new PushLine({ onCancel: () => cancel.abort() });
const job = await line.ready();
const secrets = [job.secret, job.base?.secret ?? null].filter((secret) => secret !== null);
const redactor = createRedactor(secrets.flatMap((secret) => [...sensitiveValues(secret)]));
const clients: Minting[] = [];
const hidden = hideMinted(redactor, clients);

process.once('uncaughtException', (error) => end({ kind: 'failed', ...failureOf(error, hidden.text) }));
await end(await run(job));

async function run({ mountFrom, storeFolder, ...asked }: PushJob): Promise<PushOutcome | null> {
  const { egress, clouds } = openWayOut(asked);
  try {
    const { blobs, ...pushed } = await runPush({
      ...asked,
      clouds,
      mountFrom: new Map(mountFrom),
      store: await openBlobStore({ root: storeFolder, durability: 'durable' }),
      connect({ registry, credentials }) {
        const client = createPushClient({ registry, ...egress.forRegistry(registry), credentials });
        clients.push(client);
        return client;
      },
      connectBase({ registry, credentials }) {
        const client = createRegistryClient({ registry, ...egress.forRegistry(registry), credentials });
        clients.push(client);
        return client;
      },
      onMinted: (value) => redactor.add(value),
      onProgress: (progress) => line.show(progress),
      signal: cancel.signal,
    });
    return {
      kind: 'succeeded',
      ...pushed,
      blobs: blobs.map(({ digest, sizeBytes }) => ({ digest, sizeBytes })),
    };
  } catch (error) {
    return cancel.signal.aborted ? null : { kind: 'failed', ...failureOf(error, hidden.text) };
  }
}

async function end(outcome: PushOutcome | null): Promise<void> {
  if (outcome !== null) await line.end(outcome);
  process.exit(0);
}
