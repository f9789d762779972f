import { readFileSync } from 'node:fs';

/** Resident bytes at their most; 0 of a process that is gone, or has ended and was not waited for yet. */
export function peakMemoryBytes(pid: number | undefined): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(processStatus(pid))?.[1] ?? 0) * 1024;
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

function processStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
