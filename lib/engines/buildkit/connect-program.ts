import ipaddr from 'ipaddr.js';
import { int32, machines } from './connect-code.ts';

/** An address in text, IPv4 or IPv6, and a port. */
export interface Target {
  readonly address: string;
  readonly port: number;
}

/** Processors, as images name them, for which there is such a program. */
export type ConnectArchitecture = keyof typeof machines;

export function isConnectArchitecture(name: string): name is ConnectArchitecture {
  return Object.hasOwn(machines, name);
}

/**
 * A Linux program of a few hundred bytes that tries to connect to all of the targets at once, waits for `waitMs`, and ends with
 * `reachedFrom` and the place of the first that it reached, or with 0. It needs nothing of the image that it runs in, no interpreter and no
 * library; so it can be run where nothing is to be trusted to tell the truth.
 *
 * An ELF executable (https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html) of one segment: headers, code, and the data that the
 * code points to.
 */
export function connectProgram(options: {
  readonly architecture: ConnectArchitecture;
  readonly targets: readonly Target[];
  readonly waitMs: number;
}): Uint8Array {
  const { architecture, targets, waitMs } = options;
  const { elfMachine, assemble } = machines[architecture];
  const wait = timespec(waitMs);
  const sockets = targets.map(socketAddress);
  const codeAt = loadedAt + headersBytes;
  const codeWith = (dataAt: number) => {
    let at = dataAt + wait.length;
    const placed = sockets.map(({ family, bytes }) => {
      const socket = { family, at, length: bytes.length };
      at += bytes.length;
      return socket;
    });
    return assemble({ sockets: placed, waitAt: dataAt });
  };
  // How long the code is does not depend on where its data lies.
  const code = codeWith(codeAt + codeWith(codeAt).length);
  const body = Buffer.concat([code, wait, ...sockets.map(({ bytes }) => bytes)]);
  return Buffer.concat([elfHeaders({ elfMachine, sizeBytes: headersBytes + body.length }), body]);
}

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
