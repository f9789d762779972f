import type { EngineAnswer } from '#lib/engines/engine-wish.ts';
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
  const { choice, ...builder } = settings.engine;
  const found = await findEngine({ choice, builder, searchPath: process.env.PATH ?? '' });
  const { stdout } = context;
  if (isJson)
    stdout.write(`${JSON.stringify({ kind: 'engine', ...noted(found), network: settings.stepNetwork })}\n`);
  if (found.engine === null) {
    if (!isJson) stdout.write(`failed   Engine     ${found.why}\n         to do: ${found.next}\n`);
    return exitCodeOf('setup');
  }
  if (isJson) return 0;
  const { name, version, isolation, isIsolated, limits, networks } = found.engine.facts;
  const can = (what: keyof typeof limits) => `${what} ${limits[what] ? 'can' : 'cannot'} be limited`;
  stdout.write(`passed   Engine     ${name} ${version}\n`);
  stdout.write(`${isIsolated ? 'passed  ' : 'warned  '} Isolation  ${isolation}\n`);
  stdout.write(
    networks.includes(settings.stepNetwork)
      ? `passed   Network    ${settings.stepNetwork}\n`
      : `failed   Network    ${settings.stepNetwork}, which this engine does not give; it gives ${networks.join(' or ')}\n`,
  );
  stdout.write(`passed   Limits     ${can('memory')}, ${can('disk')}, ${can('processes')}\n`);
  return 0;
}

function noted(found: EngineAnswer) {
  if (found.engine !== null) return { facts: found.engine.facts };
  return { facts: null, why: found.why, next: found.next };
}
