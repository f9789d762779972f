import { reportError } from '#lib/errors/report.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { createRegistryClient, type RegistryClient } from '#lib/oci/client.ts';
import { runPreflight } from '#lib/preflight/run-preflight.ts';
import { sensitiveValues } from '#lib/secrets/sensitive-values.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { cleanReport, cleanView } from './clean-texts.ts';
import { hideMinted } from './hide-minted.ts';
import { PreflightLine } from './preflight-line.ts';
import { openWayOut } from './way-out.ts';

// The process of one check. As with builds it has no database, no key and no environment, and what it learns ends with it;
// so what it says is redacted here, where all that must not be read is known. The worker kills it when nobody waits any more.

/** A stack with its causes. Up here, because a fault may be told before this file has been read to its end. */
const diagnosticMax = 16_000;
const redactor = createRedactor([]);
const clients: RegistryClient[] = [];
const hidden = hideMinted(redactor, clients);
const line = new PreflightLine();
// Once: a fault in telling of a fault ends the process, and the worker sees that.
process.once('uncaughtException', fail);
const { job, budgetMs } = await line.ready();
if (job.secret !== null) for (const value of sensitiveValues(job.secret)) redactor.add(value);

try {
  const { egress, clouds } = openWayOut(job);
  const { view, isCredentialRefused } = await runPreflight({
    reference: job.reference,
    platform: job.platform,
    secret: job.secret,
    connect({ registry, credentials, limits }) {
      const client = createRegistryClient({ registry, ...egress.forRegistry(registry), credentials, limits });
      clients.push(client);
      return client;
    },
    probe: (host) => egress.probe(host),
    clouds,
    onMinted: (value) => redactor.add(value),
    cache: {
      store: await openBlobStore({ root: job.storeFolder, durability: 'durable' }),
      provenance: { known: (digests) => line.known(digests) },
    },
    budgetMs,
    signal: new AbortController().signal,
    // The last view is told together with what it means for the credentials.
    onView: (shown) => {
      if (shown.state !== 'ended') line.show(cleanView(shown, hidden.text));
    },
  });
  await line.end(cleanView(view, hidden.text), isCredentialRefused);
  process.exit(0);
} catch (error) {
  await fail(error);
}

async function fail(error: unknown): Promise<void> {
  const diagnostic = error instanceof Error ? (error.stack ?? error.message) : String(error);
  await line.fail(
    cleanReport(reportError(error), hidden.text),
    hidden.text(diagnostic).slice(0, diagnosticMax),
  );
  process.exit(0);
}
