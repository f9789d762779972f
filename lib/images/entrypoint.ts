import { assumed, type Finding, passed, skipped, warned } from './finding.ts';
import type { FoundFile, ImageFiles } from './image-files.ts';
import { withoutWrapper } from './init-programs.ts';
import { nameOf } from './layer-contents.ts';
import { joinPath, lookUpCommand, type RunConfig } from './path-lookup.ts';
import { argumentCalls } from './shell-script.ts';

interface Image {
  readonly files: ImageFiles;
  readonly config: RunConfig;
  readonly steps: { left: number };
}

/** The files that `judgeEntrypoint` is likely to read, by their bare names. */
export function entrypointNames({ entrypoint }: RunConfig): readonly string[] {
  return entrypoint.slice(0, namesMax).map(nameOf);
}

/**
 * Whether an entrypoint runs what it is given, as whoever runs a command in the image needs it: a build's steps, for
 * one. Scripts are read; a program is believed.
 */
export async function judgeEntrypoint(options: {
  readonly files: ImageFiles;
  readonly config: RunConfig;
}): Promise<Finding> {
  return judgeWords({ ...options, steps: { left: stepsMax } }, options.config.entrypoint);
}

async function judgeWords(image: Image, words: readonly string[]): Promise<Finding> {
  const [program = ''] = words;
  const found = findProgram(image, program);
  if (found.kind !== 'file') return found.finding;
  if (!found.isExecutable) {
    return warned(`${found.path} is not executable`, `Make it so in the image: chmod +x ${found.path}.`);
  }
  image.steps.left -= 1;
  if (image.steps.left < 0) return assumed(`${program} comes after too many others to be followed`);
  const rest = withoutWrapper(words);
  if (rest?.length === 0 || isOverlayInit(image.files, found)) return passed(`${program} runs its arguments`);
  if (rest !== undefined) return judgeWords(image, rest);
  if (shells.test(nameOf(program))) return judgeShell(image, words);
  if (interpreters.test(nameOf(program))) {
    if (words.length === 1) return takesScript(program);
    return assumed(`What ${program} does with arguments is up to ${words[1]}; that it runs them is assumed`);
  }
  return judgeFile(image, found);
}

type Program = FoundFile | { readonly kind: 'none'; readonly finding: Finding };

function findProgram({ files, config }: Image, program: string): Program {
  const none = (detail: string, remedy: string): Program => ({
    kind: 'none',
    finding: warned(detail, remedy),
  });
  if (!program.includes('/')) {
    const { command, obstacle } = lookUpCommand({ files, config, name: program });
    if (command !== undefined) return command.file;
    if (obstacle !== undefined) return none(`${obstacle.path} is ${obstacle.why}`, remedies.mend);
    return none(`${program} is not on PATH`, 'Give its whole path in ENTRYPOINT, or add its folder to PATH.');
  }
  const found = files.find(fromWorkingDir(config, program));
  if (found.kind === 'file') return found;
  if (found.kind === 'loop') return none(`${program} is a link that leads in circles`, remedies.mend);
  if (found.kind === 'missing') return none(`${program} is not in the image`, remedies.mend);
  return none(`${program} is no file that can be run`, remedies.mend);
}

/** `["/bin/sh", "-c", "…"]` is what the shell form of ENTRYPOINT becomes; `["bash", "/start.sh"]` starts a script. */
async function judgeShell(image: Image, words: readonly string[]): Promise<Finding> {
  const [shell = '', ...rest] = words;
  let isCommand = false;
  let at = 0;
  for (; at < rest.length && /^[-+]/.test(rest[at] ?? ''); at += 1) {
    const option = rest[at] ?? '';
    if (option === '--') {
      at += 1;
      break;
    }
    isCommand ||= /^-[A-Za-z]*c/.test(option);
    // `-o pipefail`, also as the last of several: `-euo pipefail`
    if (/^[-+][A-Za-z]*[oO]$/.test(option)) at += 1;
  }
  const operand = rest[at];
  if (operand === undefined) return takesScript(shell);
  if (isCommand) return judgeCommandText({ shell, text: operand, hasName: rest.length > at + 1 });
  const script = image.files.find(fromWorkingDir(image.config, operand));
  if (script.kind !== 'file') return warned(`${operand} is not in the image`, remedies.mend);
  return judgeScript(image, script);
}

/** Of `-c TEXT NAME ARGUMENTS` the word behind the text is `$0`, and only what follows it is `"$@"`. */
function judgeCommandText(command: {
  readonly shell: string;
  readonly text: string;
  readonly hasName: boolean;
}): Finding {
  const { shell, text, hasName } = command;
  const calls = argumentCalls(text.slice(0, textMax)).filter(({ isExec }) => isExec);
  if (calls.length === 0) return warned(`${shell} -c ignores its arguments`, remedies.execForm);
  const takesName = calls.some(({ words }) => words.length === 1 && /^"?\$\{?0/.test(words[0] ?? ''));
  const takesNone = calls.some(({ words }) => words.length === 0);
  if (hasName ? takesNone : takesName) return passed(`${shell} -c runs its arguments`);
  if (takesNone) {
    return warned(
      `${shell} -c loses the first of its arguments: it becomes $0`,
      'Add one word behind the command in ENTRYPOINT, such as "--".',
    );
  }
  return warned(`${shell} -c hands its arguments to a command of its own`, remedies.execForm);
}

async function judgeFile(image: Image, file: FoundFile): Promise<Finding> {
  const kept = await image.files.read(file);
  if (kept === undefined) return skipped(`${file.path} cannot be read from its layer`);
  if (!kept.isText) return assumed(`${file.path} is a program; that it runs its arguments is assumed`);
  const [, interpreter, argument] = /^#![ \t]*([^\s]+)[ \t]*([^\n]*)/.exec(kept.text) ?? [];
  if (interpreter === undefined) {
    return warned(
      `${file.path} does not begin with #!, so the system cannot start it`,
      'Begin it with #!/bin/sh.',
    );
  }
  if (/^#![^\n]*\r/.test(kept.text)) {
    return warned(
      `${file.path} has the line ends of Windows, so the system does not find what runs it`,
      `Save it with line ends of Unix: sed -i 's/\\r$//' ${file.path}.`,
    );
  }
  const words = [interpreter, ...(argument ?? '').split(/[ \t]+/).filter((word) => word !== '')];
  const runner = nameOf(interpreter) === 'env' ? withoutWrapper(words)?.[0] : interpreter;
  if (runner === undefined || findProgram(image, runner).kind !== 'file') {
    return warned(
      `${file.path} needs ${runner ?? interpreter}, which is not in the image`,
      'Install it in the image, or begin the script with what is there.',
    );
  }
  if (shells.test(nameOf(runner))) return judgeScript(image, file);
  return assumed(`${file.path} is a script of ${nameOf(runner)}; that it runs its arguments is assumed`);
}

/** A shell's script: read as a whole, since `exec "$@"` is where it ends. */
async function judgeScript(image: Image, file: FoundFile): Promise<Finding> {
  const kept = await image.files.read(file);
  if (kept === undefined) return skipped(`${file.path} cannot be read from its layer`);
  const calls = argumentCalls(kept.text);
  const handedOver: Finding[] = [];
  for (const call of calls.filter(({ isExec }) => isExec)) {
    const words = call.words.map((word) => word.replace(/^["']|["']$/g, ''));
    const rest = words.length === 0 ? words : (withoutWrapper(words) ?? words);
    if (rest.length === 0) return passed(`${file.path} runs its arguments: exec "$@"`);
    handedOver.push(await judgeHandOver(image, file, rest));
  }
  const good = handedOver.find(({ state }) => state === 'passed');
  if (good !== undefined) return good;
  if (calls.some(({ isExec, words }) => !isExec && words.length === 0)) {
    return warned(
      `${file.path} runs its arguments without exec, so that signals do not reach them`,
      'Write exec "$@" in it.',
    );
  }
  if (!kept.isWhole) return skipped(`${file.path} is longer than what is read of it`);
  return handedOver[0] ?? warned(`${file.path} never runs its arguments`, 'End it with exec "$@".');
}

async function judgeHandOver(image: Image, file: FoundFile, words: readonly string[]): Promise<Finding> {
  const isKnown = words.every((word) => !/[$`]/.test(word));
  if (isKnown) return judgeWords(image, words);
  return assumed(`${file.path} hands its arguments on; that they are run is assumed`);
}

function takesScript(program: string): Finding {
  return warned(`${program} takes its first argument for the name of a script`, remedies.execForm);
}

/** https://github.com/just-containers/s6-overlay#init-stages */
function isOverlayInit(files: ImageFiles, { path }: FoundFile): boolean {
  return path === '/init' && (files.has('/etc/s6-overlay') || files.has('/package/admin/s6-overlay'));
}

function fromWorkingDir({ workingDir }: RunConfig, path: string): string {
  return path.startsWith('/') ? path : joinPath(workingDir === '' ? '/' : workingDir, path);
}

const shells = /^(?:ba|da|a|z|k)?sh$/;
const interpreters = /^(?:python[\d.]*|node|perl|ruby|java|php|deno|bun)$/;

const remedies = {
  mend: 'Copy the file into the image, or correct ENTRYPOINT.',
  execForm: 'Write ENTRYPOINT as a list that ends in a script with exec "$@", or leave it out.',
} as const;

/** Entrypoints have a handful of words, of which one or two name a file. */
const namesMax = 20;

/** The text of `-c` comes from the config, which has megabytes at most; nobody writes so much there. */
const textMax = 64 * 1024;

/** Wrappers and scripts that are followed for one entrypoint: scripts may call each other in circles. */
const stepsMax = 30;
