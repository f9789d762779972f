import ipaddr from 'ipaddr.js';
import { ifGiven, ifNotGiven, int32, type Machine, machines } from './trial-machines.ts';

/** An address in text, IPv4 or IPv6, and a port. */
export interface Target {
  readonly address: string;
  readonly port: number;
}

/** What such a program tries. */
export interface Trial {
  /** A folder at the root of the image, by its path. With it, whether the program gets out of that root is tried. */
  readonly folder?: string | undefined;
  /** What is connected to. */
  readonly targets: readonly Target[];
  /** How long targets have to answer. */
  readonly waitMs: number;
}

/** Processors, as images name them, for which there is such a program. */
export type TrialArchitecture = keyof typeof machines;

export function isTrialArchitecture(name: string): name is TrialArchitecture {
  return Object.hasOwn(machines, name);
}

/** The exit code that says that the program got out of the root of its image. */
export const leftRoot = 32;
/** The exit code that says that the first of the targets took a connection; the next is that of the second, and so on. */
export const reachedFrom = 64;

/**
 * A Linux program of two kilobytes that tries what no step may find, and ends with 0 if it finds none of it. It needs nothing of the image
 * that it runs in, no interpreter and no library; so it can be run where nothing is to be trusted to tell the truth.
 *
 * An ELF executable (https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html) of one segment: headers, code, and the data that the
 * code points to.
 */
export function trialProgram(architecture: TrialArchitecture, trial: Trial): Uint8Array {
  const machine = machines[architecture];
  const codeAt = loadedAt + headersBytes;
  const write = (dataAt: number) => {
    const data = new Data(dataAt);
    const code = Buffer.concat([
      ...(trial.folder === undefined ? [] : leaveRoot(machine, data, trial.folder)),
      ...(trial.targets.length === 0 ? [] : connect(machine, data, trial)),
      machine.call('exit', 0),
    ]);
    return { code, data: data.bytes };
  };
  // How long the code is does not depend on where its data lies.
  const { code, data } = write(codeAt + write(codeAt).code.length);
  const sizeBytes = headersBytes + code.length + data.length;
  return Buffer.concat([elfHeaders({ elfMachine: machine.elfMachine, sizeBytes }), code, data]);
}

/** What code points to. */
class Data {
  readonly #at: number;
  readonly #parts: Buffer[] = [];

  /** @param at where it will lie in memory */
  constructor(at: number) {
    this.#at = at;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** Adds to it and says where that lies. */
  add(part: Buffer): number {
    const at = this.#at + this.bytes.length;
    this.#parts.push(part);
    return at;
  }

  path(text: string): number {
    return this.add(Buffer.from(`${text}\0`));
  }
}

/**
 * Opens the root, makes a folder below it the root instead, and climbs from the one that is open as far as it goes: what is climbed out of
 * is no root any more. https://man7.org/linux/man-pages/man2/chroot.2.html#NOTES
 *
 * In a container this ends where it began, since its mount namespace has no other root. Where the folder is not to be seen in the end, the
 * namespace has one: that of the machine.
 */
function leaveRoot(machine: Machine, data: Data, folder: string): readonly Uint8Array[] {
  const root = data.path('/');
  const below = data.path(folder);
  const above = data.path('..');
  const here = data.path('.');
  const climbing = [
    machine.call('fchdir', { kept: 0 }),
    ...Array.from({ length: depthMax }, () => machine.call('chdir', above)),
    machine.call('chroot', here),
    machine.call('access', below),
    ifNotGiven(machine, 0, machine.call('exit', leftRoot)),
  ];
  return [
    machine.call('open', root),
    machine.keep,
    machine.call('chroot', below),
    ifGiven(machine, [0], Buffer.concat(climbing)),
  ];
}

/** The root of a container lies some ten folders below that of its machine. */
const depthMax = 64;

/**
 * Opens a socket for each target and starts to connect it; waits; asks each socket to connect once more, upon which Linux says whether it
 * is.
 */
function connect(machine: Machine, data: Data, { targets, waitMs }: Trial): readonly Uint8Array[] {
  const wait = data.add(timespec(waitMs));
  const sockets = targets.map((target) => {
    const { family, bytes } = socketAddress(target);
    return { family, at: data.add(bytes), length: bytes.length };
  });
  return [
    ...sockets.flatMap(({ family, at, length }) => [
      machine.call('socket', family, streamNonBlocking, 0),
      machine.keep,
      machine.call('connect', { kept: 0 }, at, length),
    ]),
    machine.call('nanosleep', wait, 0),
    ...sockets.flatMap(({ at, length }, index) => [
      machine.call('connect', { kept: sockets.length - 1 - index }, at, length),
      ifGiven(machine, [0, isConnected], machine.call('exit', reachedFrom + index)),
    ]),
  ];
}

/** SOCK_STREAM | SOCK_NONBLOCK, and EISCONN: the same for both processors. */
const streamNonBlocking = 0x801;
const isConnected = -106;

const loadedAt = 0x400000;
const headersBytes = 64 + 56;

/** struct sockaddr_in and sockaddr_in6: family in the processor’s order, port and address in that of the network. */
function socketAddress({ address, port }: Target): { readonly family: number; readonly bytes: Buffer } {
  const numbers = ipaddr.parse(address).toByteArray();
  const portBytes = [port >>> 8, port & 0xff];
  if (numbers.length === 4) {
    const [family, unused] = [2, 8];
    return { family, bytes: Buffer.from([family, 0, ...portBytes, ...numbers, ...new Uint8Array(unused)]) };
  }
  const family = 10;
  return { family, bytes: Buffer.from([family, 0, ...portBytes, ...int32(0), ...numbers, ...int32(0)]) };
}

/** struct timespec */
function timespec(ms: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64LE(BigInt(Math.floor(ms / 1_000)));
  bytes.writeBigInt64LE(BigInt((ms % 1_000) * 1_000_000), 8);
  return bytes;
}

/** The file’s header and that of its one segment, which is read and executed. */
function elfHeaders(options: { readonly elfMachine: number; readonly sizeBytes: number }): Buffer {
  const { elfMachine, sizeBytes } = options;
  const bytes = Buffer.alloc(headersBytes);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(bytes);
  const [executable, version] = [2, 1];
  bytes.writeUInt16LE(executable, 16);
  bytes.writeUInt16LE(elfMachine, 18);
  bytes.writeUInt32LE(version, 20);
  bytes.writeBigUInt64LE(BigInt(loadedAt + headersBytes), 24);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  const [loaded, readAndExecuted, pageBytes] = [1, 5, 0x10000n];
  bytes.writeUInt32LE(loaded, 64);
  bytes.writeUInt32LE(readAndExecuted, 68);
  bytes.writeBigUInt64LE(BigInt(loadedAt), 80);
  bytes.writeBigUInt64LE(BigInt(loadedAt), 88);
  bytes.writeBigUInt64LE(BigInt(sizeBytes), 96);
  bytes.writeBigUInt64LE(BigInt(sizeBytes), 104);
  bytes.writeBigUInt64LE(pageBytes, 112);
  return bytes;
}
