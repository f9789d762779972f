import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes down what it installed, last of all, so an
 * interrupted installation has no such record. Tools for developers and packages for other platforms may be absent.
 */
export function isInstalled(root) {
  const modules = path.join(root, 'node_modules');
  const installed = readPackages(path.join(modules, '.package-lock.json'));
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  if (installed === null || wanted === null) return false;
  return Object.entries(wanted).every(([folder, { version, integrity, dev, optional, devOptional }]) => {
    if (folder === '' || dev || devOptional) return true;
    const present = installed[folder];
    if (present === undefined) return optional === true;
    return (
      present.version === version && present.integrity === integrity && existsSync(path.join(root, folder))
    );
  });
}

/** @returns {Promise<{status: number, output: string}>} npm's exit code and what it said */
export function install(root, onSecond) {
  // Whoever works on Slipway keeps the tools.
  const only = existsSync(path.join(root, 'node_modules', 'vitest')) ? [] : ['--omit=dev'];
  return run({ root, args: ['ci', ...only, '--no-audit', '--no-fund', '--loglevel=error'], onSecond });
}

/** Enough of npm's words to see why it failed, which it says first, before it explains itself at length. */
const linesMax = 12;
const outputMax = 100_000;

function run({ root, args, onSecond }) {
  const npm = process.env.npm_execpath;
  const [program, before] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const child = spawn('sh', ['-c', watched, 'sh', program, ...before, ...args], {
    cwd: root,
    env: environment(),
    // A group of its own, for the watcher to end.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  child.stdio[3].on('error', () => {});
  child.on('exit', () => child.stdio[3].destroy());
  let output = '';
  const keep = (chunk) => {
    output = (output + chunk).slice(0, outputMax);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const startedAt = Date.now();
  const timer = setInterval(() => onSecond(Math.round((Date.now() - startedAt) / 1000)), 1_000);
  return new Promise((resolve) => {
    const end = (status, text) => {
      clearInterval(timer);
      resolve({ status, output: text.trim() });
    };
    child.on('error', (error) => end(1, error.message));
    child.on('close', (code) => end(code ?? 1, output.split('\n').slice(0, linesMax).join('\n')));
  });
}

/**
 * Ends npm and all that it started when fd 3 closes, which it does when this process is gone in any way: an installation
 * that goes on by itself would write into the folder that the next start installs into.
 */
const watched = '( (read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 & ); exec "$@" 3<&-';

/** Packages' scripts have no business with our settings, some of which open secrets. */
function environment() {
  const isOurs = (name) => name.startsWith('SLIPWAY_') || name === 'DATABASE_URL';
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}
