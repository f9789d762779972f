import { findEngine } from '#lib/engines/find-engine.ts';
import { exitCodeOf } from '#lib/errors/report.ts';
import type { CommandContext } from './command.ts';
import { expectNoArguments } from './no-arguments.ts';

/** Says which engine a worker of this machine would find. The exit code is that of settings where it would find none. */
export async function checkEngine(context: CommandContext): Promise<number> {
  const isJson = context.argv.includes('--json');
  expectNoArguments(
    'doctor',
    context.argv.filter((word) => word !== '--engine' && word !== '--json'),
  );
  const settings = context.readSettings();
  const found = await findEngine({ choice: settings.engine, searchPath: process.env.PATH ?? '' });
  const { stdout } = context;
  if (isJson)
    stdout.write(`${JSON.stringify({ kind: 'engine', ...found, network: settings.stepNetwork })}\n`);
  if (found.facts === null) {
    if (!isJson) stdout.write(`failed   Engine     ${found.why}\n         to do: ${found.next}\n`);
    return exitCodeOf('setup');
  }
  if (isJson) return 0;
  const { name, version, isolation, isIsolated, limits } = found.facts;
  const can = (what: keyof typeof limits) => `${what} ${limits[what] ? 'can' : 'cannot'} be limited`;
  stdout.write(`passed   Engine     ${name} ${version}\n`);
  stdout.write(`${isIsolated ? 'passed  ' : 'warned  '} Isolation  ${isolation}\n`);
  stdout.write(`passed   Network    ${settings.stepNetwork}\n`);
  stdout.write(`passed   Limits     ${can('memory')}, ${can('disk')}\n`);
  return 0;
}
