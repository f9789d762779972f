import { readFileSync } from 'node:fs';

/** Resident bytes at their most; 0 of a process that is gone, or has ended and was not waited for yet. */
export function peakMemoryBytes(pid: number | undefined): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(processStatus(pid))?.[1] ?? 0) * 1024;
}

/**
 * When a process started, in ticks of the kernel's clock, which tells it apart from one that gets its id later; undefined of one that is
 * gone, or has ended and was not waited for yet. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, fields 3 and 22
 */
export function startOf(pid: number): number | undefined {
  const stat = readOf(pid, 'stat');
  const [state = 'X', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return /[ZX]/.test(state) || stat === '' ? undefined : Number(fields[18]);
}

/** 0 of a process that is gone. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(processStatus(pid))?.[1] ?? 0);
}

/** In the order of their ids; none of a process that is gone. */
export function childrenOf(pid: number | undefined): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

const processStatus = (pid: number | undefined) => readOf(pid, 'status');

function readOf(pid: number | undefined, file: 'stat' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
