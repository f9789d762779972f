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
  /** Runs code only if the last call gave one of these, which are 0 or errors: negative numbers. */
  ifGiven(values: readonly number[], code: Uint8Array): Uint8Array;
  ifNotGiven(value: number, code: Uint8Array): Uint8Array;
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
  ifGiven(values, code) {
    // cmp eax, value; je to the code; for the last of them jne past it
    const [compareBytes, jumpBytes] = [5, 6];
    const tests = values.flatMap((value, index) => {
      const later = values.length - 1 - index;
      const jump =
        later === 0
          ? [0x0f, 0x85, ...int32(code.length)]
          : [0x0f, 0x84, ...int32(later * (compareBytes + jumpBytes))];
      return [0x3d, ...int32(value), ...jump];
    });
    return Buffer.concat([Buffer.from(tests), code]);
  },
  ifNotGiven(value, code) {
    return Buffer.concat([Buffer.from([0x3d, ...int32(value), 0x0f, 0x84, ...int32(code.length)]), code]);
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
  ifGiven(values, code) {
    const tests = values.flatMap((value, index) => {
      const later = values.length - 1 - index;
      const jump = later === 0 ? arm64Jump('ne', code.length / 4) : arm64Jump('eq', 2 * later);
      return [arm64Compare(value), jump];
    });
    return Buffer.concat([words(tests), code]);
  },
  ifNotGiven(value, code) {
    return Buffer.concat([words([arm64Compare(value), arm64Jump('eq', code.length / 4)]), code]);
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

/** cmp w0, value; cmn for what is negative */
function arm64Compare(value: number): number {
  return (value < 0 ? 0x3100001f : 0x7100001f) | (Math.abs(value) << 10);
}

/** b.eq, b.ne over so many instructions */
function arm64Jump(condition: 'eq' | 'ne', over: number): number {
  return 0x54000000 | ((over + 1) << 5) | (condition === 'eq' ? 0 : 1);
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
