import { nameOf } from './layer-contents.ts';

/**
 * What is left of a command once the wrappers before it are taken away: programs that do one thing and then run their
 * arguments. Empty when the arguments of the whole come next. Undefined for what is no known wrapper.
 */
export function withoutWrapper(words: readonly string[]): readonly string[] | undefined {
  const [program = '', ...rest] = words;
  const wrapper = wrappers.get(nameOf(program));
  if (wrapper === undefined) return undefined;
  let at = 0;
  for (; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    if (word === '--') {
      at += 1;
      break;
    }
    if (wrapper.valued.includes(word)) at += 1;
    else if (!word.startsWith('-') && !(wrapper.takesVariables && /^[A-Za-z_]\w*=/.test(word))) break;
  }
  return rest.slice(at + wrapper.operands);
}

interface Wrapper {
  /** Options whose value is the next word. */
  readonly valued: readonly string[];
  /** Words of its own before the command. */
  readonly operands: number;
  readonly takesVariables: boolean;
}

const plainWrapper: Wrapper = { valued: [], operands: 0, takesVariables: false };
const tini: Wrapper = { ...plainWrapper, valued: ['-p', '-e'] };
const asUser: Wrapper = { ...plainWrapper, operands: 1 };

/** Each as its own documentation has it. */
const wrappers: ReadonlyMap<string, Wrapper> = new Map(
  Object.entries({
    // https://github.com/krallin/tini
    tini,
    'tini-static': tini,
    'docker-init': tini,
    // https://github.com/Yelp/dumb-init
    'dumb-init': { ...plainWrapper, valued: ['-r', '--rewrite'] },
    // https://github.com/openSUSE/catatonit
    catatonit: plainWrapper,
    // https://pubs.opengroup.org/onlinepubs/9799919799/utilities/env.html, and the long options of others
    env: { ...plainWrapper, valued: ['-u', '--unset', '-C', '--chdir'], takesVariables: true },
    // https://github.com/tianon/gosu, https://github.com/ncopa/su-exec
    gosu: asUser,
    'su-exec': asUser,
  }),
);
