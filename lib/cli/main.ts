import { pathToFileURL } from 'node:url';
import { SettingsError } from '#lib/config/settings-error.ts';
import { CancelledError } from '#lib/errors/cancelled.ts';
import { exitCodeOf, reportError } from '#lib/errors/report.ts';
import type { Command } from './command.ts';
import { overview } from './overview.ts';
import { watchSignals } from './signals.ts';
import { unknownCommand } from './usage-error.ts';

/**
 * Runs one command and comes back with the process's exit code: 0, 2 for words that mean nothing, 130 after Ctrl-C,
 * else one for each kind of failure.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const signal = watchSignals();
  try {
    const found = await findCommand(argv);
    if (found === null) {
      process.stdout.write(await overview(loadAll));
      return argv.length === 0 ? 2 : 0;
    }
    if (found.rest.includes('--help') || found.rest.includes('-h')) {
      process.stdout.write(`${found.command.help.trim()}\n`);
      return 0;
    }
    const { readSettings } = await import('#lib/config/load-settings.ts');
    return await found.command.run({
      argv: found.rest,
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      signal,
      readSettings,
    });
  } catch (error) {
    const failure = signal.aborted && isAbort(error) ? new CancelledError(error) : error;
    return tell(failure);
  }
}

/** Loaded when asked for: `slipway pull` needs no database client. */
const loaders: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).start,
  worker: async () => (await import('./worker.ts')).worker,
  migrate: async () => (await import('./migrate.ts')).migrate,
  pull: async () => (await import('./pull.ts')).pull,
  build: async () => (await import('./build.ts')).build,
  'store check': async () => (await import('./store-check.ts')).storeCheck,
  'store gc': async () => (await import('./store-gc.ts')).storeGc,
  store: async () => (await import('./store.ts')).store,
  doctor: async () => (await import('./doctor.ts')).doctor,
  'user reset-password': async () => (await import('./reset-password.ts')).resetPassword,
  prepare: async () => (await import('./prepare.ts')).prepareCommand,
};

const loadAll = () => Promise.all(Object.values(loaders).map((load) => load()));

async function findCommand(
  argv: readonly string[],
): Promise<{ readonly command: Command; readonly rest: readonly string[] } | null> {
  const [first, second] = argv;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') return null;
  const two = loaders[`${first} ${second}`];
  if (two !== undefined) return { command: await two(), rest: argv.slice(2) };
  const one = loaders[first];
  if (one !== undefined) {
    if (first === 'pull') (await import('#lib/pull/threads.ts')).warmUpThreads();
    return { command: await one(), rest: argv.slice(1) };
  }
  const isHalf = Object.keys(loaders).some((name) => name.startsWith(`${first} `));
  throw unknownCommand(isHalf && second !== undefined ? `${first} ${second}` : first, Object.keys(loaders));
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/**
 * What failed, why and what next, in one line; a line for each wrong setting. Text to paste follows as it is. A fault of our
 * own shows its trace instead.
 */
function tell(error: unknown): number {
  const report = reportError(error);
  const lines =
    error instanceof SettingsError ? error.problems : [`${report.what}. ${report.why} ${report.next}`];
  if (report.kind !== 'cancelled') for (const line of lines) process.stderr.write(`slipway: ${line}\n`);
  if (report.paste !== undefined) process.stderr.write(`\n${report.paste.title}:\n\n${report.paste.text}\n`);
  if (report.kind === 'internal')
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return exitCodeOf(report.kind);
}

const isEntryPoint = process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href;
if (isEntryPoint) process.exitCode = await runCommandLine(process.argv.slice(2));
