import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Runs `main` under `node` with this process's arguments, terminal and exit code. The IPC channel tells it when this
 * process is gone.
 *
 * @returns {Promise<number>} its exit code
 */
export async function handOver({ node, main }) {
  if (realpathSync(node) === realpathSync(process.execPath)) {
    const { runCommandLine } = await import(pathToFileURL(main).href);
    return runCommandLine(process.argv.slice(2));
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`slipway: ${node} does not run here: ${error.message}\n`);
      resolve(10);
    });
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
