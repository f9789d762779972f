import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** Where a program lies; undefined where it is not installed. */
export async function programFile(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders.filter((each) => each !== '')) {
    const file = path.join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/** Those of these programs that are not installed. */
export async function missingPrograms(
  names: readonly string[],
  searchPath: string,
): Promise<readonly string[]> {
  const files = await Promise.all(names.map((name) => programFile(name, searchPath.split(path.delimiter))));
  return names.filter((_, index) => files[index] === undefined);
}

/** The number in what a program says of its version; undefined when it says none. */
export async function versionOf(
  program: string,
  options: { readonly argument: string; readonly searchPath: string },
): Promise<string | undefined> {
  try {
    const env = { PATH: options.searchPath, NODE_ENV: 'production' as const };
    const { stdout } = await run(program, [options.argument], { env, timeout: answerMs });
    return /\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0];
  } catch {
    return undefined;
  }
}

const run = promisify(execFile);
/** Programs answer within milliseconds; a disk that sleeps takes seconds. */
const answerMs = 10_000;
