import { readFileSync } from 'node:fs';

/** Resident bytes at their most; 0 of a process that is gone, or has ended and was not waited for yet. */
export function peakMemoryBytes(pid: number | undefined): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(processStatus(pid))?.[1] ?? 0) * 1024;
}

/** 0 of a process that is gone. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(processStatus(pid))?.[1] ?? 0);
}

function processStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
