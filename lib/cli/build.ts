import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runBuild } from '#lib/builds/run-build.ts';
import type { Facts } from '#lib/builds/schema.ts';
import type { StepsWork } from '#lib/builds/steps/steps-work.ts';
import { secretNamesOf } from '#lib/builds/stored-steps.ts';
import type { Settings } from '#lib/config/settings.ts';
import { createEgress } from '#lib/egress/egress.ts';
import { loadRegistries } from '#lib/egress/registries-config.ts';
import { openEngine, prepareEngine } from '#lib/engines/engine.ts';
import { findEngine } from '#lib/engines/find-engine.ts';
import { InputError } from '#lib/errors/input.ts';
import { parseDefinition, type ReadDefinition, readJson } from '#lib/images/read-definition.ts';
import { builtStepsOf, type Definition } from '#lib/images/schema.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { createRegistryClient, type RegistryClient } from '#lib/oci/client.ts';
import { parseReference } from '#lib/oci/reference.ts';
import { ownLayout } from '#lib/pull/provenance.ts';
import { cloudsOf } from '#lib/registries/clouds.ts';
import { sensitiveValues } from '#lib/secrets/sensitive-values.ts';
import { type BlobStore, openBlobStore } from '#lib/store/blob-store.ts';
import { holdLayout } from '#lib/store/layout-use.ts';
import { cleanEvent } from '#lib/worker/clean-texts.ts';
import { cleanedError } from '#lib/worker/failure-of.ts';
import { hideMinted } from '#lib/worker/hide-minted.ts';
import { type BuildArguments, parseBuildArguments } from './build-arguments.ts';
import { type BuildCache, openBuildCache } from './build-cache.ts';
import { completeFiles, fetchFile } from './build-files.ts';
import { type BuildReport, createBuildReport } from './build-report.ts';
import type { Command, CommandContext } from './command.ts';
import { handOver } from './hand-over.ts';
import { readPullSecret } from './pull-secret.ts';
import { runReported } from './run-reported.ts';
import { readValuesFile } from './secret-file.ts';
import { UsageError } from './usage-error.ts';

const help = `
Usage: slipway build -f FILE --to DIR [options]

Builds an image from its definition, as the dashboard does, without one: the same
pull, checks, engine and cache keys. The result is an OCI image layout that skopeo,
umoci, crane and buildah read. Only steps that changed are run again.

  -f, --file FILE     the definition: JSON, as the dashboard shows and takes it; its
                      schema is served at /api/schemas/image.json. Files that steps add
                      lie beside it, under their names; file and size_bytes may be left out,
                      and the mode of files that COPY takes
  --to DIR            the folder; new, empty, or a layout that gets one image more
  --tag NAME          what the layout calls the image (latest)
  --cache DIR         what builds keep for each other (DIR.cache, beside --to)
  --force             run all steps again, and replace what is kept
  --ignore-cache      run all steps again, and leave what is kept as it is
  --username U        sign in to the base's registry as this user, with the password
  --password-stdin    from standard input
  --secret-file FILE  or with the keys of this file, as in slipway pull
  --step-secret NAME=FILE
                      the values of a custom secret that steps name: JSON or KEY=value
                      lines; once for each
  --json              one JSON object a line on standard output, for programs
  --help              this text

Progress goes to standard error. SLIPWAY_ENGINE, SLIPWAY_STEP_NETWORK, SLIPWAY_STEP_MINUTES_MAX,
SLIPWAY_STEP_MEMORY_MAX, SLIPWAY_PYTHON_IMAGE and SLIPWAY_REGISTRIES mean what they mean
for the dashboard, BUILDKIT_HOST and DOCKER_HOST too. Steps need an engine: Buildah, as root, or BuildKit.

Example: slipway build -f image.json --to ./image --secret-file registry.env --step-secret hub=hub.env

Exit codes: 0 built · 2 wrong usage, definition, or a step that failed · 3 access denied ·
4 no such image or platform · 5 rate limited · 6 unreachable · 7 the registry misbehaves, or
the base lacks what steps need · 8 wrong bytes · 9 disk · 10 settings, or no engine ·
11 not supported · 12 folder in the way · 130 stopped
`;

export const build: Command = {
  name: 'build',
  summary: 'Build an image from its definition, into a folder that other tools read',
  help,
  run: runBuildCommand,
};

async function runBuildCommand(context: CommandContext): Promise<number> {
  const options = parseBuildArguments(context.argv);
  const report = createBuildReport({ ...context, isJson: options.isJson });
  const run = async () => {
    await buildInto({ context, options, report });
    return 0;
  };
  return runReported({ signal: context.signal, isJson: options.isJson, report, run });
}

interface Run {
  readonly context: CommandContext;
  readonly options: BuildArguments;
  readonly report: BuildReport;
}

type StepSecrets = StepsWork['secrets'];

async function buildInto(run: Run): Promise<void> {
  const { context, options } = run;
  const definition = await loadDefinition(options.file);
  const stepSecrets = await loadStepSecrets(options, definition);
  const settings = context.readSettings();
  const definitionId = createHash('sha256').update(path.resolve(options.file)).digest('hex');
  // Before anything is pulled: a folder in the way is said at once.
  const layout = await openBlobStore({ root: options.folder, durability: 'fast', isPrivate: true });
  const cache = await openBuildCache({ folder: options.cacheFolder, definitionId });
  try {
    const store = await openBlobStore({ root: cache.storeFolder, durability: 'fast' });
    await holdLayout(store, () =>
      buildWith(run, { definition, stepSecrets, settings, cache, store, layout }),
    );
  } finally {
    await cache.close();
  }
}

interface Prepared {
  readonly definition: Definition;
  readonly stepSecrets: StepSecrets;
  readonly settings: Settings;
  readonly cache: BuildCache;
  /** Of the cache: bases, and what steps made. */
  readonly store: BlobStore;
  /** What the image goes into. */
  readonly layout: BlobStore;
}

async function buildWith({ context, options, report }: Run, prepared: Prepared): Promise<void> {
  const { definition, stepSecrets, settings, cache, store } = prepared;
  const { signal } = context;
  const reference = parseReference(definition.reference);
  const opened = await readPullSecret({ ...context, reference, options, command: 'build' });
  if (opened === null && definition.secret !== null) throw secretMissing(definition.secret);
  const secret = opened && { ...opened, name: definition.secret ?? 'of the command line', version: 1 };
  const registries = await loadRegistries({ path: settings.registriesFile });
  const egress = createEgress({ registries });
  const redactor = createRedactor([
    ...(secret === null ? [] : sensitiveValues(secret)),
    ...[...stepSecrets.values()].flatMap(({ values }) => Object.values(values)),
  ]);
  const clients: RegistryClient[] = [];
  const hidden = hideMinted(redactor, clients);
  const facts: { -readonly [K in keyof Facts]: Facts[K] } = {};
  const steps = builtStepsOf(definition);
  try {
    await runBuild({
      reference: definition.reference,
      platform: definition.platform,
      secret,
      secretWhy: null,
      connect({ registry, credentials, onRetry }) {
        const client = createRegistryClient({
          registry,
          ...egress.forRegistry(registry),
          credentials,
          onRetry,
        });
        clients.push(client);
        return client;
      },
      clouds: cloudsOf({ egress, registries, awsEndpoints: settings.awsEndpoints }),
      onMinted: redactor.add,
      clean: hidden,
      store,
      keeper: { hold: async () => {}, makeRoom: async () => {} },
      contents: { known: async () => null, keep: async () => {} },
      provenance: ownLayout,
      lastProven: async () => null,
      emit(event) {
        if (event.kind === 'facts') Object.assign(facts, event.facts);
        report.event(cleanEvent(event, hidden.text));
      },
      steps: steps.length === 0 ? null : await workOf({ options, ...prepared }),
      signal,
    });
    const digest = facts.resultDigest ?? facts.baseDigest ?? '';
    const { platform, baseDigest = '' } = { ...facts, platform: definition.platform };
    await cache.note({
      steps,
      base: { digest: baseDigest, platform },
      secretIds: new Map([...stepSecrets].map(([name, { id }]) => [name, id])),
      pythonDigest: facts.python?.digest,
    });
    const place = await handOver({
      digest,
      from: store,
      to: prepared.layout,
      tag: options.tag,
      platform,
      signal,
    });
    report.done({ digest: place.digest, place: `oci:${path.resolve(options.folder)}:${options.tag}` });
  } catch (error) {
    throw cleanedError(error, hidden.text);
  } finally {
    await egress.close();
  }
}

async function workOf(prepared: Prepared & { readonly options: BuildArguments }): Promise<StepsWork> {
  const { options, settings, cache, store, definition, stepSecrets } = prepared;
  const searchPath = process.env.PATH ?? '';
  const { engineFolder } = cache;
  const { choice, ...builder } = settings.engine;
  const found = await findEngine({ choice, builder, searchPath });
  const { engine } = found;
  if (engine !== null) await prepareEngine(engine, { folder: engineFolder, searchPath });
  const folder = path.dirname(path.resolve(options.file));
  return {
    steps: builtStepsOf(definition),
    policy: options.policy,
    workspaceId: 'command line',
    requester: 'the command line',
    secrets: stepSecrets,
    earlier: cache.earlier,
    results: cache.results,
    uploads: { fetch: (upload) => fetchFile({ upload, folder, to: path.join(engineFolder, 'uploads') }) },
    pythonImage: settings.pythonImage,
    lack: found.engine === null ? found : null,
    engine: engine && openEngine(engine, { folder: engineFolder, storeFolder: store.root, searchPath }),
    network: settings.stepNetwork,
    limits: {
      timeoutMs: settings.stepTimeoutMs,
      outputBytesMax: Number.MAX_SAFE_INTEGER,
      memoryBytes: settings.stepMemoryBytes,
    },
  };
}

/** @throws InputError that says where the file is wrong and what is expected there */
async function loadDefinition(file: string): Promise<Definition> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    const why = code === 'ENOENT' ? 'There is no such file.' : `It cannot be read (${code}).`;
    throw new InputError({ what: `The definition ${file} cannot be used`, why, next: 'Name a JSON file.' });
  });
  const read = await completed(text, path.dirname(path.resolve(file)));
  if ('definition' in read) return read.definition;
  const list = read.problems.map(({ path: at, message }) => (at === '' ? message : `${at}: ${message}`));
  throw new InputError({
    what: `The definition ${file} cannot be used`,
    why: list.join(' '),
    next: 'Correct it: its schema is at /api/schemas/image.json of the dashboard.',
  });
}

async function completed(text: string, folder: string): Promise<ReadDefinition> {
  const read = readJson(text);
  return 'problems' in read ? read : parseDefinition(await completeFiles(read.value, folder));
}

async function loadStepSecrets(
  { stepSecrets }: BuildArguments,
  definition: Definition,
): Promise<StepSecrets> {
  const names = secretNamesOf(definition.steps);
  const unused = [...stepSecrets.keys()].find((name) => !names.includes(name));
  if (unused !== undefined) {
    const known = names.length === 0 ? 'They name none.' : `They name ${names.join(', ')}.`;
    throw new UsageError({ what: `No step names the secret ${unused}`, why: known, command: 'build' });
  }
  return new Map(
    await Promise.all(
      names.map(async (name) => {
        const file = stepSecrets.get(name);
        if (file === undefined) {
          throw new UsageError({
            what: `There are no values for the secret ${name}`,
            why: `A step names it. They are given with --step-secret ${name}=FILE.`,
            command: 'build',
          });
        }
        // Whoever runs this chose both: here a secret is its name.
        return [name, { id: name, values: await readValuesFile(file) }] as const;
      }),
    ),
  );
}

function secretMissing(name: string): UsageError {
  return new UsageError({
    what: `There are no values for the secret ${name}`,
    why: 'The definition pulls its base with it. They are given with --secret-file FILE, or with --username and --password-stdin.',
    command: 'build',
  });
}
