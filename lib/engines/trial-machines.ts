/** An argument of a system call: a number, or what an earlier call gave and `keep` kept, counted from the one kept last. */
type Argument = number | { readonly kept: number };

/** Machine code of one kind of processor for Linux, in pieces that are put one after the other. */
export interface Machine {
  /** The number that an ELF header has for it. */
  readonly elfMachine: number;
  /** A system call with up to three arguments. */
  call(name: SystemCall, ...args: readonly Argument[]): Uint8Array;
  /** Keeps what the last call gave. */
  readonly keep: Uint8Array;
  /** Jumps over so many bytes if the last call gave, or if it did not give, this: 0 or an error, which is a negative number. */
  jump(when: 'given' | 'notGiven', value: number, overBytes: number): Uint8Array;
}

/** Runs code only if the last call gave one of these. */
export function ifGiven(machine: Machine, values: readonly number[], code: Uint8Array): Uint8Array {
  const last = machine.jump('notGiven', values.at(-1) ?? 0, code.length);
  const others = values.slice(0, -1);
  // All jumps of a processor are of one length.
  const jumps = others.map((value, index) =>
    machine.jump('given', value, (others.length - index) * last.length),
  );
  return Buffer.concat([...jumps, last, code]);
}

/** Runs code unless the last call gave this. */
export function ifNotGiven(machine: Machine, value: number, code: Uint8Array): Uint8Array {
  return Buffer.concat([machine.jump('given', value, code.length), code]);
}

/** By what they do; `open` and `access` take a path alone. */
type SystemCall =
  | 'access'
  | 'chdir'
  | 'chroot'
  | 'connect'
  | 'exit'
  | 'fchdir'
  | 'nanosleep'
  | 'open'
  | 'socket';

/** https://github.com/torvalds/linux/blob/v6.1/arch/x86/entry/syscalls/syscall_64.tbl */
const x64Calls: Readonly<Record<SystemCall, number>> = {
  ...{ access: 21, chdir: 80, chroot: 161, connect: 42, exit: 60 },
  ...{ fchdir: 81, nanosleep: 35, open: 2, socket: 41 },
};

const x64: Machine = {
  elfMachine: 62,
  call(name, ...given) {
    const args = name === 'open' || name === 'access' ? [...given, 0] : given;
    // mov edi, esi or edx; from the stack: mov reg, [rsp + at]
    const set = args.flatMap((arg, index) => {
      const [fromNumber = 0, fromStack = 0] = x64Registers[index] ?? [];
      if (typeof arg === 'number') return [fromNumber, ...int32(arg)];
      return [0x8b, fromStack, 0x24, ...int32(8 * arg.kept)];
    });
    return Buffer.from([...set, 0xb8, ...int32(x64Calls[name]), 0x0f, 0x05]);
  },
  keep: Buffer.from([0x50]),
  jump(when, value, overBytes) {
    // cmp eax, value; je, jne
    return Buffer.from([0x3d, ...int32(value), 0x0f, when === 'given' ? 0x84 : 0x85, ...int32(overBytes)]);
  },
};

/** edi, esi, edx: of `mov` with a number, and the operands of `mov` from the stack. */
const x64Registers = [
  [0xbf, 0xbc],
  [0xbe, 0xb4],
  [0xba, 0x94],
] as const;

/** https://github.com/torvalds/linux/blob/v6.1/include/uapi/asm-generic/unistd.h */
const arm64Calls: Readonly<Record<SystemCall, number>> = {
  // Those that this processor has no other of: faccessat and openat.
  ...{ access: 48, chdir: 49, chroot: 51, connect: 203, exit: 93 },
  ...{ fchdir: 50, nanosleep: 101, open: 56, socket: 198 },
};

const arm64: Machine = {
  elfMachine: 183,
  call(name, ...given) {
    const args = name === 'open' || name === 'access' ? [workingFolder, ...given, 0] : given;
    const set = args.flatMap((arg, register) =>
      typeof arg === 'number' ? arm64Set(register, arg) : [0xf94003e0 | ((2 * arg.kept) << 10) | register],
    );
    return words([...set, ...arm64Set(8, arm64Calls[name]), 0xd4000001]);
  },
  // str x0, [sp, -16]!
  keep: words([0xf81f0fe0]),
  jump(when, value, overBytes) {
    // cmp w0, value, or cmn for what is negative; b.eq, b.ne
    const compare = (value < 0 ? 0x3100001f : 0x7100001f) | (Math.abs(value) << 10);
    return words([compare, 0x54000000 | ((overBytes / 4 + 1) << 5) | (when === 'given' ? 0 : 1)]);
  },
};

/** AT_FDCWD */
const workingFolder = -100;

/** movz, movk */
function arm64Set(register: number, value: number): readonly number[] {
  return [
    0xd2800000 | ((value & 0xffff) << 5) | register,
    0xf2a00000 | (((value >>> 16) & 0xffff) << 5) | register,
  ];
}

function words(values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap(int32));
}

/** By the processors' names in images. */
export const machines = { amd64: x64, arm64 } as const;

/** In the order of both processors. */
export function int32(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}
