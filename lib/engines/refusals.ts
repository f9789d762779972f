/** Why a command of a step was not begun, where that lies in the step or its base. */
export interface Refusal {
  readonly why: string;
  readonly next: string;
}

/**
 * Finds why a command was not begun in what an engine, or the runtime below it, says of that; undefined where the engine is to blame.
 * @param said one line of it
 */
export function refusalIn(said: string): Refusal | undefined {
  for (const { pattern, tell } of refusals) {
    const found = pattern.exec(said);
    if (found !== null) return tell(found.groups ?? {});
  }
  return undefined;
}

const refusals: readonly {
  readonly pattern: RegExp;
  readonly tell: (groups: Readonly<Record<string, string>>) => Refusal;
}[] = [
  {
    // runc, in a line of its log or not. https://github.com/opencontainers/runc/blob/v1.1.5/init_linux.go
    pattern: /unable to start container process: exec: \\?"(?<program>.+?)\\?": (?<reason>[^"]+)/,
    tell: ({ program = '', reason = '' }) => tellProgram(program, reason),
  },
  {
    // Buildah; BuildKit, which says so of numbers too where the image has no such file.
    pattern: /unknown (?<kind>user|group) error looking up (?:user|group) "(?<name>[^"]*)"/,
    tell: ({ kind = '', name = '' }) => tellName(kind, name),
  },
  {
    pattern: /unable to find (?<kind>user|group) (?<name>[^:]+): /,
    tell: ({ kind = '', name = '' }) => tellName(kind, name),
  },
  {
    pattern: /container uses ID mappings .*but doesn't map (?<kind>[UG]ID) (?<id>\d+)/,
    tell: ({ kind, id = '' }) => ({
      why: `the ${kind === 'UID' ? 'user' : 'group'} ${id} is none of a step’s, which are 0 to 65535`,
      next: `Let commands run as another, with USER 0:0 before them and USER ${id} after them, or ask whoever runs this server for BuildKit, which takes any.`,
    }),
  },
];

/**
 * Finds what was in the way of an instruction that puts something into the image, in what an engine says of it; undefined for any other
 * instruction. The engine's words are not repeated: they name paths of its machine.
 */
export function obstacleIn(failed: {
  readonly instruction: string;
  readonly error: string;
}): Refusal | undefined {
  if (!/^(?:COPY|WORKDIR) /.test(failed.instruction)) return undefined;
  return obstacles.find(({ pattern }) => pattern.test(failed.error))?.refusal;
}

const obstacles: readonly { readonly pattern: RegExp; readonly refusal: Refusal }[] = [
  {
    // ENOTDIR, as the C library and Go put it; Buildah's own words.
    pattern: /: not a directory$|already exists but is not a directory/,
    refusal: {
      why: 'its path leads through a file of the image, where a folder would have to be',
      next: 'Choose another path, or remove the file in a command before.',
    },
  },
  {
    pattern: /cannot replace to directory/,
    refusal: {
      why: 'at its path the image has a folder, in the place of a file',
      next: 'Choose another path, or remove the folder in a command before.',
    },
  },
  {
    // ELOOP; BuildKit's own words.
    pattern: /too many (?:levels of symbolic )?links/,
    refusal: {
      why: 'the links on its path lead in a circle',
      next: 'Choose a path without them, or remove them in a command before.',
    },
  },
];

function tellProgram(program: string, reason: string): Refusal {
  if (/executable file not found|no such file or directory/.test(reason)) {
    return {
      why: `there is no ${program} in the image`,
      next:
        program === '/bin/sh'
          ? 'Commands need a shell: begin from a base that has one, or copy what they would make.'
          : 'Write where the program is, or install it in a step before.',
    };
  }
  return { why: `${program}: ${reason}`, next: 'Let it be a program that may be executed (chmod +x).' };
}

function tellName(kind: string, name: string): Refusal {
  const file = kind === 'user' ? '/etc/passwd' : '/etc/group';
  return {
    why: `the image’s ${file} has no ${kind} ${name}`,
    next: `Add it in a command before (${kind}add ${name}), or say both user and group by number, such as USER 1000:1000.`,
  };
}
