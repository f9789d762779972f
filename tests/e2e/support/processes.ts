import { readdir, readFile } from 'node:fs/promises';

/** The process that serves pages, among those that the launcher started. @throws when there is none. */
export async function findWebProcess(launcherPid: number): Promise<number> {
  const found = (await descendantsOf(launcherPid)).filter(({ command }) => command.includes('app/server.ts'));
  const web = found.at(0);
  if (web === undefined) throw new Error('No web process runs');
  return web.pid;
}

interface RunningProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
}

async function descendantsOf(root: number): Promise<readonly RunningProcess[]> {
  const all = await runningProcesses();
  const family = new Set([root]);
  // Children have higher numbers than their parents nearly always, but not after a wrap: go round until nothing is new.
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const { pid, parentPid } of all) if (family.has(parentPid)) family.add(pid);
  }
  return all.filter(({ pid }) => pid !== root && family.has(pid));
}

/** proc_pid_stat(5): the name in parentheses may hold anything, so fields are counted after its end. */
async function runningProcesses(): Promise<readonly RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = pids.map(async (name): Promise<RunningProcess | undefined> => {
    try {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8');
      const command = await readFile(`/proc/${name}/cmdline`, 'utf8');
      const parentPid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return { pid: Number(name), parentPid, command: command.replaceAll('\0', ' ') };
    } catch {
      return undefined; // It ended while we looked.
    }
  });
  return (await Promise.all(read)).filter((each) => each !== undefined);
}
