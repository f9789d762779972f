import { clip } from '#lib/errors/clip.ts';

/** The words with two hyphens that an instruction begins with, and what comes after them. */
export function splitFlags(rest: string): { readonly flags: readonly string[]; readonly after: string } {
  const [text = ''] = /^(?:--\S*(?:\s+|$))*/.exec(rest) ?? [];
  return { flags: text.split(/\s+/).filter((flag) => flag !== ''), after: rest.slice(text.length) };
}

/**
 * Why a flag is not taken. Flags of COPY are taken in one way of writing only: builders read quotes and escapes in them, and some letters
 * of other scripts as blanks, so that one flag can be two.
 * https://github.com/moby/buildkit/blob/v0.13.2/frontend/dockerfile/parser/split_command.go
 */
export function problemOfFlag(keyword: string, flag: string): string | undefined {
  const [name = ''] = flag.split('=');
  if (keyword === 'COPY') {
    if (name === '--from')
      return 'COPY --from is not taken: it would make the engine fetch another image. Upload the file.';
    return copyFlag.test(flag)
      ? undefined
      : `COPY ${clip(flag, 40)} is not taken: COPY has --chown=USER:GROUP and --chmod=MODE.`;
  }
  if (keyword !== 'RUN') return undefined;
  if (name === '--mount')
    return 'RUN --mount is not taken: choose the step’s secrets instead, and upload what it needs.';
  return `RUN ${clip(name, 40)} is not taken: the network and the rights of steps are settings of the server.`;
}

const copyFlag = /^--(?:chown|chmod)=[A-Za-z0-9_.:${}-]+$/;
