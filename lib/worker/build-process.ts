import { runBuild } from '#lib/builds/run-build.ts';
import { createEgress } from '#lib/egress/egress.ts';
import { reportError } from '#lib/errors/report.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { createRegistryClient, type RegistryClient } from '#lib/oci/client.ts';
import { sensitiveValues } from '#lib/secrets/sensitive-values.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import type { Job, Outcome } from './messages.ts';
import { cleanReport, Outbox } from './outbox.ts';
import { WorkerLine } from './worker-line.ts';

// The process of one build. It has no database, no key and no environment: it is told its job through the pipe to its
// worker, and what it learns (values, minted tokens) ends with it. So the redaction is done here, before a line leaves
// the process, because only here all that must not be read is known.

const cancel = new AbortController();
const line = new WorkerLine({ onCancel: () => cancel.abort() });
const job = await line.ready();
const redactor = createRedactor(job.secret === null ? [] : sensitiveValues(job.secret));
let client: RegistryClient | undefined;
let tokensHidden = 0;
const outbox = new Outbox({ send: (events) => line.store(events), clean: hide });

process.on('uncaughtException', (error) => end(failure(error)));
await end(await run(job));

async function run({ reference, platform, secret, storeFolder, registries }: Job): Promise<Outcome | null> {
  const egress = createEgress({ registries });
  try {
    const blobs = await runBuild({
      reference,
      platform,
      secret,
      connect({ registry, credentials, onRetry }) {
        client = createRegistryClient({ registry, ...egress.forRegistry(registry), credentials, onRetry });
        return client;
      },
      store: await openBlobStore({ root: storeFolder, durability: 'durable' }),
      keeper: line,
      provenance: { known: (digests) => line.known(digests) },
      // A batch that cannot be stored shows when the box is emptied.
      emit: (event) => void outbox.add(event).catch(() => {}),
      signal: cancel.signal,
    });
    await outbox.flush();
    return { kind: 'succeeded', blobs: [...blobs] };
  } catch (error) {
    await outbox.flush();
    return cancel.signal.aborted ? null : failure(error);
  }
}

function failure(error: unknown): Outcome {
  const report = reportError(error);
  const hidden = cleanReport(report, hide);
  if (report.kind !== 'internal') return { kind: 'failed', error: hidden };
  const diagnostic = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: 'failed', error: hidden, diagnostic: hide(diagnostic).slice(0, diagnosticMax) };
}

/** Tokens come while a build runs; whatever is said after that is free of them. */
function hide(text: string): string {
  const tokens = client?.mintedTokens ?? [];
  for (; tokensHidden < tokens.length; tokensHidden += 1) redactor.add(tokens[tokensHidden] ?? '');
  return redactor.text(text);
}

async function end(outcome: Outcome | null): Promise<void> {
  if (outcome !== null) await line.end(outcome);
  process.exit(0);
}

/** A stack with its causes. */
const diagnosticMax = 16_000;
