import { readFile } from 'node:fs/promises';

/**
 * How many processes each user of a step on Buildah may have, and how many files each of them. Both are said: what newer Buildahs choose
 * by themselves is more than this process may have, which a step cannot be given.
 * https://man7.org/linux/man-pages/man2/getrlimit.2.html
 */
export async function ulimitArguments(): Promise<readonly string[]> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const [, open = String(filesMin)] = /^Max open files\s+\S+\s+(\d+)/m.exec(limits) ?? [];
  const files = Math.min(filesMin, Number(open));
  return [`--ulimit=nproc=${processesMax}:${processesMax}`, `--ulimit=nofile=${files}:${open}`];
}

/** Threads among them: more than builds start, and less than a machine has. */
const processesMax = 4_096;
/** With which programs begin; those that need more ask for it. */
const filesMin = 1_024;
