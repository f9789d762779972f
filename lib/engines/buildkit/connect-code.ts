/** The exit code that says that the first of the targets took a connection; the next is that of the second, and so on. */
export const reachedFrom = 64;

/** What the code of a program that connects works with; all of it lies in memory that it may read. */
interface Program {
  readonly sockets: readonly {
    /** AF_INET or AF_INET6. */
    readonly family: number;
    /** Where its address lies, and how long it is. */
    readonly at: number;
    readonly length: number;
  }[];
  /** Where the time to wait lies. */
  readonly waitAt: number;
}

/** SOCK_STREAM | SOCK_NONBLOCK, and the error of Linux that says that a socket is connected already: the same for both processors. */
const streamNonBlocking = 0x801;
const isConnected = 106;

/**
 * Opens a socket for each target and starts to connect it; waits; asks each socket to connect once more, upon which Linux says whether it
 * is. Numbers of system calls: https://github.com/torvalds/linux/blob/v6.1/arch/x86/entry/syscalls/syscall_64.tbl
 */
function assembleX64({ sockets, waitAt }: Program): Buffer {
  const setEax = (value: number) => [0xb8, ...int32(value)];
  const setEdi = (value: number) => [0xbf, ...int32(value)];
  const setEsi = (value: number) => [0xbe, ...int32(value)];
  const setEdx = (value: number) => [0xba, ...int32(value)];
  const systemCall = [0x0f, 0x05];
  const push = [0x50];
  const ediFromEax = [0x89, 0xc7];
  const ediFromStack = (slot: number) => [0x8b, 0xbc, 0x24, ...int32(8 * slot)];
  const connect = ({ at, length }: Program['sockets'][number]) => [
    ...[...setEax(42), ...setEsi(at), ...setEdx(length)],
    ...systemCall,
  ];
  const exit = (code: number) => [...setEdi(code), ...setEax(60), ...systemCall];
  // test eax, eax; je exit; cmp eax, -EISCONN; jne past exit
  const unlessReached = [0x85, 0xc0, 0x74, 5, 0x83, 0xf8, 0x100 - isConnected, 0x75, exit(0).length];
  return Buffer.from([
    ...sockets.flatMap((socket) => [
      ...[...setEax(41), ...setEdi(socket.family), ...setEsi(streamNonBlocking), ...setEdx(0)],
      ...[...systemCall, ...push, ...ediFromEax, ...connect(socket)],
    ]),
    ...[...setEax(35), ...setEdi(waitAt), ...setEsi(0), ...systemCall],
    ...sockets.flatMap((socket, index) => [
      ...[...ediFromStack(sockets.length - 1 - index), ...connect(socket)],
      ...[...unlessReached, ...exit(reachedFrom + index)],
    ]),
    ...exit(0),
  ]);
}

/** The same: https://github.com/torvalds/linux/blob/v6.1/include/uapi/asm-generic/unistd.h */
function assembleArm64({ sockets, waitAt }: Program): Buffer {
  // movz, movk
  const set = (register: number, value: number) => [
    0xd2800000 | ((value & 0xffff) << 5) | register,
    0xf2a00000 | ((value >>> 16) << 5) | register,
  ];
  const systemCall = (number: number) => [...set(8, number), 0xd4000001];
  const push = 0xf81f0fe0;
  const fromStack = (slot: number) => 0xf94003e0 | ((2 * slot) << 10);
  const connect = ({ at, length }: Program['sockets'][number]) => [
    ...[...set(1, at), ...set(2, length)],
    ...systemCall(203),
  ];
  const exit = (code: number) => [...set(0, code), ...systemCall(93)];
  // cbz w0, exit; cmn w0, EISCONN; b.ne past exit
  const unlessReached = [
    0x34000000 | (3 << 5),
    0x3100001f | (isConnected << 10),
    0x54000001 | ((exit(0).length + 1) << 5),
  ];
  return Buffer.from(
    [
      ...sockets.flatMap((socket) => [
        ...[...set(0, socket.family), ...set(1, streamNonBlocking), ...set(2, 0)],
        ...[...systemCall(198), push, ...connect(socket)],
      ]),
      ...[...set(0, waitAt), ...set(1, 0), ...systemCall(101)],
      ...sockets.flatMap((socket, index) => [
        ...[fromStack(sockets.length - 1 - index), ...connect(socket)],
        ...[...unlessReached, ...exit(reachedFrom + index)],
      ]),
      ...exit(0),
    ].flatMap(int32),
  );
}

/** By the processors' names in images: the number that an ELF header has for each, and its code. */
export const machines = {
  amd64: { elfMachine: 62, assemble: assembleX64 },
  arm64: { elfMachine: 183, assemble: assembleArm64 },
} as const;

/** In the order of both processors. */
export function int32(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}
