import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { enginePackages, installCommand } from '#lib/engines/buildah/engine-packages.ts';
import { findBuildah } from '#lib/engines/buildah/find-buildah.ts';
import { StartError } from './start-error.ts';
import type { Steps } from './steps.ts';

/**
 * Brings what runs the steps of builds, with Debian's packages, and says before what it installs. Does nothing where it is here.
 * @throws StartError where it cannot: another system, not root, no network; it says exactly what to do instead
 */
export async function installEngine(options: {
  readonly steps: Steps;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { steps, signal } = options;
  const searchPath = process.env.PATH ?? '';
  const { engine } = await findBuildah({ searchPath });
  if (engine !== null)
    return steps.say(`  The engine is here already: ${engine.facts.name} ${engine.facts.version}.`);
  if (process.platform !== 'linux')
    throw unfit('Steps run on Linux alone, and this is another system.', onLinux);
  if (!(await isThere('/usr/bin/apt-get')))
    throw unfit('This system has no apt-get, so it is neither Debian nor Ubuntu.', byOtherMeans);
  if (process.getuid?.() !== 0) throw unfit('Packages can be installed by root alone.', asRoot);
  steps.say(`  Installing with apt-get: ${enginePackages.join(' ')}`);
  await steps.run('Reading the lists of packages', () => apt(['update', '-qq'], signal));
  await steps.run('Installing the engine', () =>
    apt(['install', '-y', '-qq', '--no-install-recommends', ...enginePackages], signal),
  );
  const after = await findBuildah({ searchPath });
  if (after.engine === null) throw unfit(after.why, after.next);
  steps.say(`  The engine is ${after.engine.facts.name} ${after.engine.facts.version}.`);
}

const onLinux = 'Run a worker on a Linux machine, or start without --with-engine: pulls need no engine.';
const byOtherMeans = `Install ${enginePackages.join(', ')} with this system’s own tools, then start without --with-engine.`;
const asRoot = `Start as root (sudo npm start -- --with-engine), which steps need too; or have this run once: ${installCommand}.`;

function unfit(why: string, next: string): StartError {
  return new StartError({ what: 'The engine could not be installed', why, next });
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Its own lock waits for whoever else installs; the signal ends it between packages. */
async function apt(args: readonly string[], signal: AbortSignal): Promise<void> {
  const child = spawn('apt-get', ['-o', `DPkg::Lock::Timeout=${lockSeconds}`, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production', DEBIAN_FRONTEND: 'noninteractive' },
    signal,
    killSignal: 'SIGINT',
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-saidMax);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  signal.throwIfAborted();
  if (code === 0) return;
  throw unfit(`apt-get ended with code ${code} and said: ${said.trim() || 'nothing'}`, byHand);
}

const byHand = `Look whether this machine reaches its package server, then try again, or run: ${installCommand}.`;
const lockSeconds = 120;
/** Enough of apt's last words to see why it failed. */
const saidMax = 2_000;
