import path from 'node:path';
import { createEgress } from '#lib/egress/egress.ts';
import { loadRegistries } from '#lib/egress/registries-config.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { createRegistryClient, type RegistryClient } from '#lib/oci/client.ts';
import { fetchPlan } from '#lib/pull/fetch-plan.ts';
import { ociForm } from '#lib/pull/oci-form.ts';
import { planPull } from '#lib/pull/plan.ts';
import { ownLayout } from '#lib/pull/provenance.ts';
import { resolveImage } from '#lib/pull/resolve.ts';
import { cloudsOf } from '#lib/registries/clouds.ts';
import { diagnose } from '#lib/registries/diagnose.ts';
import { signInFor } from '#lib/registries/sign-in.ts';
import { sensitiveValues } from '#lib/secrets/sensitive-values.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { nameImage, tidyLayout } from '#lib/store/layout.ts';
import { holdLayout } from '#lib/store/layout-use.ts';
import { hideMinted } from '#lib/worker/hide-minted.ts';
import type { Command, CommandContext } from './command.ts';
import { type PullArguments, parsePullArguments } from './pull-arguments.ts';
import { createReport, type PullReport } from './pull-report.ts';
import { readPullSecret } from './pull-secret.ts';
import { runReported } from './run-reported.ts';

const help = `
Usage: slipway pull REF --to DIR [options]

Pulls an image into a folder, as an OCI image layout that skopeo, crane, umoci and
buildah read. Everything is verified against its digest. What the folder holds
already is not fetched again, and a pull that was interrupted goes on where it
stopped: run the same command again.

  REF                 the image, as in docker pull: ubuntu:24.04, ghcr.io/acme/app:1.2,
                      registry.example.com:5000/team/app@sha256:…
  --to DIR            the folder; new, empty, or a layout that gets one image more
  --platform P        which variant of a multi-platform image (linux/amd64)
  --username U        sign in as this user, with the password from standard input:
  --password-stdin    slipway pull … --username ines --password-stdin < token.txt
  --secret-file FILE  or with the keys of this file, JSON or KEY=value lines:
                        REGISTRY_USERNAME, REGISTRY_PASSWORD; with REGISTRY_HOST they
                        are sent to that host only
                        AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY for ECR; optional
                        AWS_SESSION_TOKEN, AWS_ROLE_ARN, AWS_EXTERNAL_ID
                        SERVICE_ACCOUNT_JSON for Google: the key file's text
  --json              one JSON object a line, for programs
  --help              this text

Registries on private addresses, plain http, mirrors and own certificates are
settings of the file that SLIPWAY_REGISTRIES names. Nothing else that this machine
knows about AWS or Google is used: no profile, no environment, no instance's identity.

Exit codes: 0 pulled · 2 wrong usage or reference · 3 access denied · 4 no such image
or platform · 5 rate limited · 6 unreachable · 7 the registry misbehaves · 8 wrong
bytes · 9 disk · 10 settings · 11 not supported · 12 folder in the way · 130 stopped
`;

export const pull: Command = {
  name: 'pull',
  summary: 'Pull an image into a folder that other tools read (OCI image layout)',
  help,
  run: runPull,
};

async function runPull(context: CommandContext): Promise<number> {
  const options = parsePullArguments(context.argv);
  const report = createReport({ stdout: context.stdout, isJson: options.isJson });
  const run = async () => {
    await pullInto({ context, options, report });
    return 0;
  };
  return runReported({ signal: context.signal, isJson: options.isJson, report, run });
}

interface Run {
  readonly context: CommandContext;
  readonly options: PullArguments;
  readonly report: PullReport;
}

async function pullInto(run: Run): Promise<void> {
  const { context, options } = run;
  const { reference } = options;
  const secret = await readPullSecret({ ...context, reference, options, command: 'pull' });
  const { registriesFile, awsEndpoints } = context.readSettings();
  const registries = await loadRegistries({ path: registriesFile });
  const egress = createEgress({ registries });
  const clouds = cloudsOf({ egress, registries, awsEndpoints });
  const redactor = createRedactor(secret === null ? [] : sensitiveValues(secret));
  const clients: RegistryClient[] = [];
  const hidden = hideMinted(redactor, clients);
  try {
    const { credentials } = signInFor({ reference, secret, clouds, onMinted: redactor.add });
    const route = egress.forRegistry(reference.registry);
    const client = createRegistryClient({ registry: reference.registry, credentials, ...route });
    clients.push(client);
    await pullWith(run, client);
  } catch (error) {
    // Loaded by a failure alone: a pull begins sooner without.
    const { cleanedError } = await import('#lib/worker/failure-of.ts');
    throw cleanedError(diagnose({ error, reference, secret }), hidden.text);
  } finally {
    await egress.close();
  }
}

async function pullWith({ context, options, report }: Run, client: RegistryClient): Promise<void> {
  const { signal } = context;
  const { reference, platform, folder } = options;
  const { repository } = reference;
  const startedAtMs = performance.now();
  const store = await openBlobStore({ root: folder, durability: 'fast', isPrivate: true });
  report.resolving(reference);
  const provenance = ownLayout;
  const pulled = await holdLayout(store, async () => {
    const image = await resolveImage({ client, reference, platform, cache: { store, provenance }, signal });
    const plan = await planPull({ image, store, client, repository, provenance, signal });
    report.planned(plan);
    const onEvent = report.event.bind(report);
    const bytes = await fetchPlan({ plan, client, repository, store, signal, onEvent });
    const { descriptor, bytes: manifestBytes } = ociForm(image.manifest);
    await store.write({ digest: descriptor.digest, bytes: manifestBytes });
    const manifest = { ...descriptor, platform: image.platform };
    await nameImage({ store, manifest, name: reference.tag, signal });
    return { ...bytes, digest: image.manifest.digest };
  });
  await tidyLayout(store.root);
  report.done({
    ...pulled,
    place: `oci:${path.resolve(folder)}${reference.tag === undefined ? '' : `:${reference.tag}`}`,
    durationMs: performance.now() - startedAtMs,
  });
}
