import type { Writable } from 'node:stream';
import { formatDuration } from '#lib/builds/format.ts';
import type { FoundEngine } from '#lib/engines/engine.ts';
import { findEngine } from '#lib/engines/find-engine.ts';
import type { KeptFrom } from '#lib/engines/trial.ts';
import { type EngineTrial, tryEngine } from '#lib/engines/try-engine.ts';
import type { StepNetwork } from '#lib/engines/types.ts';
import { exitCodeOf, reportError } from '#lib/errors/report.ts';
import type { CommandContext } from './command.ts';
import { errorLine } from './error-line.ts';
import { expectNoArguments } from './no-arguments.ts';

/**
 * Says which engine a worker of this machine would find, and runs a step on it. The exit code is that of settings where it would find none,
 * and else that of what the step met.
 */
export async function checkEngine(context: CommandContext): Promise<number> {
  const { argv, stdout, signal } = context;
  const isJson = argv.includes('--json');
  expectNoArguments(
    'doctor',
    argv.filter((word) => word !== '--engine' && word !== '--json'),
  );
  const settings = context.readSettings();
  const { choice, ...builder } = settings.engine;
  const searchPath = process.env.PATH ?? '';
  const found = await findEngine({ choice, builder, searchPath });
  const report = isJson ? jsonReport(stdout) : textReport(stdout);
  if (found.engine === null) {
    report.none(found, settings.stepNetwork);
    return exitCodeOf('setup');
  }
  report.found(found.engine, settings.stepNetwork);
  const { stepNetwork: network, stepMemoryBytes: memoryBytes } = settings;
  try {
    report.ran(await tryEngine(found.engine, { searchPath, network, memoryBytes, signal }));
    return 0;
  } catch (error) {
    signal.throwIfAborted();
    report.failed(error);
    return exitCodeOf(reportError(error).kind);
  }
}

interface EngineReport {
  none(lack: { readonly why: string; readonly next: string }, network: StepNetwork): void;
  found(engine: FoundEngine, network: StepNetwork): void;
  ran(trial: EngineTrial): void;
  failed(error: unknown): void;
}

/** One object a line. */
function jsonReport(stdout: Writable): EngineReport {
  const say = (line: object) => stdout.write(`${JSON.stringify(line)}\n`);
  return {
    none: ({ why, next }, network) => say({ kind: 'engine', facts: null, why, next, network }),
    found: ({ facts }, network) => say({ kind: 'engine', facts, network }),
    ran: ({ keptFrom, tookMs }) => say({ kind: 'step', keptFrom, tookMs: Math.round(tookMs) }),
    failed: (error) => say(errorLine(error)),
  };
}

function textReport(stdout: Writable): EngineReport {
  const say = (state: 'passed' | 'warned' | 'failed', about: string, text: string) =>
    stdout.write(`${state.padEnd(9)}${about.padEnd(11)}${text}\n`);
  const sayNext = (next: string) => stdout.write(`${' '.repeat(9)}to do: ${next}\n`);
  return {
    none: ({ why, next }) => {
      say('failed', 'Engine', why);
      sayNext(next);
    },
    found: ({ facts }, network) => {
      const { name, version, isolation, isIsolated, limits, networks } = facts;
      const can = (what: keyof typeof limits) => `${what} ${limits[what] ? 'can' : 'cannot'} be limited`;
      say('passed', 'Engine', `${name} ${version}`);
      say(isIsolated ? 'passed' : 'warned', 'Isolation', isolation);
      if (networks.includes(network)) say('passed', 'Network', network);
      else {
        const others = networks.join(' or ');
        say('failed', 'Network', `${network}, which this engine does not give; it gives ${others}`);
      }
      say('passed', 'Limits', `${can('memory')}, ${can('disk')}, ${can('processes')}`);
    },
    ran: ({ keptFrom, tookMs }) => {
      const apart =
        keptFrom.length === 0 ? '' : `, out of reach of ${keptFrom.map((what) => words[what]).join(' and ')}`;
      say('passed', 'Step', `One ran${apart} (${formatDuration(tookMs)})`);
    },
    failed: (error) => {
      const { what, why, next } = reportError(error);
      say('failed', 'Step', `${what}. ${why}`);
      sayNext(next);
    },
  };
}

const words = {
  machine_files: 'the machine’s files',
  metadata_services: 'metadata services',
} as const satisfies Record<KeptFrom, string>;
