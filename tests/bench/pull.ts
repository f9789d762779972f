import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { endProcess } from '#tests/support/bound-process.ts';
import { pushBenchImage } from './images.ts';
import type { LineOrder, LineWord } from './line.ts';
import { type Measured, measure } from './measure.ts';
import { findPeers, type Peer } from './peers.ts';
import { type BenchRegistry, startBenchRegistry } from './registry.ts';
import { type Scenario, scenarios, shapesOf } from './scenarios.ts';
import { slipwayPeers } from './slipway-peer.ts';

/** What came out for one client in one scenario: medians over the rounds. */
interface Result {
  readonly scenario: string;
  readonly client: string;
  readonly wallSeconds: number;
  /** To the fastest of the others in the same scenario; under 1 is faster. */
  readonly ratio: number | undefined;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly wireMegabytes: number;
  readonly connections: number;
  /** Over plain http, where the line can read them. */
  readonly requests: number;
}

/** Runs `slipway pull` and each peer in turn, A B A B, and tells how they compare. */
export async function benchPull(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      megabytes: { type: 'string', default: '640' },
      rounds: { type: 'string', default: '5' },
      /** Scenarios whose names match. */
      only: { type: 'string' },
      /** Clients whose names match. */
      clients: { type: 'string' },
      to: { type: 'string' },
    },
  });
  const layerBytes = Number(values.megabytes) * 1_000_000;
  const only = new RegExp(values.only ?? '');
  const chosen = scenarios.filter(({ name }) => only.test(name));
  const shapes = shapesOf(layerBytes);
  const needed = new Set(chosen.flatMap(({ image, before }) => [image, before ?? image]));
  const atOnceMax = Math.max(1, ...chosen.map(({ atOnce = 1 }) => atOnce));
  const folder = await mkdtemp(
    path.join(await roomyFolder(layerBytes * (needed.size + atOnceMax)), 'slipway-bench-'),
  );
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stopAll = async () => {
    for (const stop of stops.splice(0)) await stop();
  };
  process.once('SIGINT', () => void stopAll().finally(() => process.exit(130)));
  try {
    const registry = await startBenchRegistry(path.join(folder, 'registry'));
    stops.unshift(() => registry.stop());
    say(`Making images of ${values.megabytes} MB`);
    for (const name of needed) await pushBenchImage(`http://${registry.plainHost}`, shapes[name]);
    const peers = await findPeers(path.join(tmpdir(), 'slipway-bench-peers'));
    say(
      `Beside ${peers.map(({ name, version }) => `${name} ${version}`).join(', ') || 'nobody: none was found'}`,
    );
    const results: Result[] = [];
    for (const scenario of chosen) {
      say(scenario.name);
      const rounds = Number(values.rounds);
      const clients = new RegExp(values.clients ?? '');
      const measured = await runScenario({ folder, registry, peers, scenario, rounds, clients });
      process.stdout.write(`${table(measured)}\n`);
      results.push(...measured);
    }
    const report = {
      date: new Date().toISOString(),
      machine: machine(),
      layerBytes,
      peers: peers.map(named),
      results,
    };
    process.stdout.write(`\n${table(results)}\n`);
    const file =
      values.to ?? path.join(import.meta.dirname, 'results', `pull-${report.date.slice(0, 10)}.json`);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
    say(`Written to ${file}`);
  } finally {
    await stopAll();
  }
}

interface Bench {
  readonly folder: string;
  readonly registry: BenchRegistry;
  readonly peers: readonly Peer[];
  readonly scenario: Scenario;
  readonly rounds: number;
  /** Those whose names match. */
  readonly clients: RegExp;
}

async function runScenario(bench: Bench): Promise<readonly Result[]> {
  const { folder, registry, peers, scenario, rounds } = bench;
  const isTls = scenario.line.endsWith('tls');
  const port = Number((isTls ? registry.tlsHost : registry.plainHost).split(':')[1]);
  const isThrottled = scenario.line.startsWith('throttled');
  const slow = isThrottled ? { bytesPerSecond: 40_000_000, delayMs: 30 } : { bytesPerSecond: 0, delayMs: 0 };
  const line = await startLine({ port, ...slow });
  try {
    const throughLine = `127.0.0.1:${line.port}`;
    const direct = isTls ? registry.tlsHost : registry.plainHost;
    const caFile = isTls ? registry.caFile : undefined;
    const hosts = [throughLine, direct];
    const own = await slipwayPeers({ folder, hosts, caFile });
    const all = [own.layout, ...(scenario.isOnDisk ? [own.store] : []), ...peers];
    const clients = all.filter(({ name }) => bench.clients.test(name));
    const runs = new Map<string, Measured[]>(clients.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const client of clients) {
        const host = isThrottled ? throughLine : direct;
        runs.get(client.name)?.push(await runOnce({ bench, client, host, caFile }));
      }
    }
    // What goes over the wire is counted apart, so that counting costs nothing where time is taken.
    const counted = new Map<string, LineCount>();
    for (const client of clients) {
      await runOnce({ bench, client, host: throughLine, caFile, onReady: () => line.count() });
      counted.set(client.name, await line.count());
    }
    return clients.map(({ name }) => resultOf({ scenario, name, runs, counted }));
  } finally {
    await line.stop();
  }
}

async function runOnce(options: {
  readonly bench: Bench;
  readonly client: Peer;
  readonly host: string;
  readonly caFile: string | undefined;
  /** Just before what is measured. */
  readonly onReady?: () => Promise<unknown>;
}): Promise<Measured> {
  const { bench, client, host, caFile, onReady } = options;
  const { scenario, folder } = bench;
  const { image, before, atOnce = 1 } = scenario;
  const place = scenario.isOnDisk ? await mkdtemp(path.join(tmpdir(), 'slipway-bench-disk-')) : folder;
  const into = Array.from({ length: atOnce }, (_, index) => path.join(place, `out-${index}`));
  const pull = (name: string, to: string) => {
    const { argv, env } = client.command({ reference: `${host}/bench/image:${name}`, to, caFile });
    return measure(argv, env);
  };
  try {
    if (before !== undefined) for (const to of into) await pull(before, to);
    await onReady?.();
    const all = await Promise.all(into.map((to) => pull(image, to)));
    return {
      wallMs: Math.max(...all.map(({ wallMs }) => wallMs)),
      cpuMs: sum(all.map(({ cpuMs }) => cpuMs)),
      peakBytes: sum(all.map(({ peakBytes }) => peakBytes)),
      stdout: '',
    };
  } finally {
    for (const to of scenario.isOnDisk ? [place] : into) await rm(to, { recursive: true, force: true });
  }
}

function resultOf(options: {
  readonly scenario: Scenario;
  readonly name: string;
  readonly runs: ReadonlyMap<string, readonly Measured[]>;
  readonly counted: ReadonlyMap<string, LineCount>;
}): Result {
  const { scenario, name, runs, counted } = options;
  const own = runs.get(name) ?? [];
  const wallOf = (measured: readonly Measured[]) => median(measured.map(({ wallMs }) => wallMs)) / 1000;
  const others = [...runs].filter(([other]) => other !== name).map(([, measured]) => wallOf(measured));
  const wallSeconds = wallOf(own);
  return {
    scenario: scenario.name,
    client: name,
    wallSeconds,
    ratio: others.length === 0 ? undefined : wallSeconds / Math.min(...others),
    cpuSeconds: median(own.map(({ cpuMs }) => cpuMs)) / 1000,
    peakMegabytes: Math.max(...own.map(({ peakBytes }) => peakBytes)) / 1e6,
    wireMegabytes: (counted.get(name)?.bytes ?? 0) / 1e6,
    connections: counted.get(name)?.connections ?? 0,
    requests: counted.get(name)?.requests ?? 0,
  };
}

type LineCount = Extract<LineWord, { readonly bytes: number }>;

async function startLine(order: LineOrder) {
  const child: ChildProcess = fork(path.join(import.meta.dirname, 'line.ts'), { stdio: 'inherit' });
  const next = async () => (await once(child, 'message'))[0] as LineWord;
  child.send(order);
  const begun = await next();
  if (!('port' in begun)) throw new Error('The line did not say its port.');
  return {
    port: begun.port,
    async count(): Promise<LineCount> {
      child.send('count');
      const word = await next();
      if (!('bytes' in word)) throw new Error('The line did not say its count.');
      return word;
    },
    stop: () => endProcess(child),
  };
}

/** Memory, so that no disk is measured, where there is room for registry and layouts; else the place for temporary files. */
async function roomyFolder(neededBytes: number): Promise<string> {
  const shared = await statfs('/dev/shm').catch(() => undefined);
  const freeBytes = shared === undefined ? 0 : shared.bavail * shared.bsize;
  return freeBytes > neededBytes * 1.2 ? '/dev/shm' : tmpdir();
}

function table(results: readonly Result[]): string {
  const head = [
    'scenario',
    'client',
    'seconds',
    'ratio',
    'CPU s',
    'peak MB',
    'wire MB',
    'connections',
    'requests',
  ];
  const rows = results.map((result) => [
    result.scenario,
    result.client,
    result.wallSeconds.toFixed(2),
    result.ratio?.toFixed(2) ?? '',
    result.cpuSeconds.toFixed(2),
    result.peakMegabytes.toFixed(0),
    result.wireMegabytes.toFixed(1),
    String(result.connections),
    String(result.requests),
  ]);
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n');
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.versions.node}`;
}

function named({ name, version }: Peer) {
  return { name, version };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function say(line: string): void {
  process.stdout.write(`== ${line}\n`);
}
