import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names one process among all that ever ran on all machines that share a store. */
export interface ProcessIdentity {
  /** Machine, boot and process namespace: within one of these, process ids can be compared. */
  readonly machine: string;
  readonly pid: number;
  /** When it began, in the kernel's ticks: tells a process from a later one with the same id. Empty if unknown. */
  readonly birth: string;
}

export function thisProcess(): ProcessIdentity {
  return { machine: machineName(), pid: process.pid, birth: statOf(process.pid)?.birth ?? '' };
}

/** True only when it certainly ended: it ran on this machine, and is there no more. It can never wake again. */
export function isGone(identity: ProcessIdentity): boolean {
  if (identity.machine !== machineName()) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM says that it is there and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
  const stat = statOf(identity.pid);
  if (stat === undefined || identity.birth === '') return false;
  return stat.isZombie || stat.birth !== identity.birth;
}

/**
 * Containers on one machine share its boot id but not their process ids, so the namespace belongs to the name.
 * Elsewhere than on Linux the host's name has to do; a container there is a Linux.
 */
function machineName(): string {
  const boot = readOrEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = readOrEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, namespace].join(' ');
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: field 3 is the state, field 22 the start time. */
function statOf(pid: number): { readonly isZombie: boolean; readonly birth: string } | undefined {
  const text = readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name in field 2 may hold spaces and parentheses; what follows the last one is plain.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const birth = fields[19];
  if (state === undefined || birth === undefined) return undefined;
  return { isZombie: state === 'Z' || state === 'X', birth };
}

function readOrEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
