import { clip } from '#lib/errors/clip.ts';
import { hasHereDocument } from './here-document.ts';
import { problemOfFlag, splitFlags } from './instruction-flags.ts';
import { problemOfSize } from './instruction-size.ts';

/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** What follows the keyword and a blank. */
  readonly rest: string;
}

/** Instructions, or why there can be none. `problem` says which line and what to write instead. */
export type ReadCommands = { readonly instructions: readonly Instruction[] } | { readonly problem: string };

/**
 * Reads lines of a Dockerfile that go on from a base. What only changes the image is taken; what would make the engine fetch
 * something by itself, past the registry rules of this server, is refused by name.
 * https://docs.docker.com/reference/dockerfile/
 * @param uploads names of the files that COPY may take
 */
export function readDockerfileCommands(
  lines: readonly string[],
  uploads: readonly string[] = [],
): ReadCommands {
  const instructions: Instruction[] = [];
  for (const line of joinContinued(lines)) {
    const [, word = '', rest = ''] = /^\s*(\S+)(?:\s+([\s\S]*\S))?\s*$/.exec(line) ?? [];
    const instruction = { keyword: word.toUpperCase(), rest };
    const problem = problemOf(instruction, uploads);
    if (problem !== undefined) return { problem };
    instructions.push(instruction);
  }
  return { instructions };
}

export function formatInstruction({ keyword, rest }: Instruction): string {
  return `${keyword} ${rest}`;
}

/** Comments and empty lines away, and the backslash at a line's end undone; the blanks that a continued line begins with stay, as builders keep them. */
function joinContinued(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let open: string | undefined;
  for (const line of lines.flatMap((each) => each.split(/\r?\n/))) {
    if (isBlankOrComment(line)) {
      // A directive would choose another reader of this file, fetched from a registry.
      if (/^\s*#\s*(?:syntax|escape|check)\s*=/i.test(line)) joined.push(line.trim());
      continue;
    }
    const [, before] = continued.exec(line) ?? [];
    open = (open ?? '') + (before ?? line);
    if (before !== undefined) continue;
    joined.push(open);
    open = undefined;
  }
  return open === undefined ? joined : [...joined, open];
}

export function isBlankOrComment(line: string): boolean {
  return /^\s*(?:#|$)/.test(line);
}

/** Of several backslashes none continues a line to BuildKit, and the last one does to Buildah. */
const continued = /^(|[\s\S]*[^\\])\\[ \t]*$/;

const allowed: ReadonlySet<string> = new Set([
  'RUN',
  'COPY',
  'ENV',
  'ARG',
  'WORKDIR',
  'USER',
  'LABEL',
  'EXPOSE',
  'SHELL',
  'CMD',
  'ENTRYPOINT',
]);

/** Why each of these cannot be taken, and what does the same. */
const refused: Readonly<Record<string, string>> = {
  FROM: 'FROM is not taken: the base is the reference of this image.',
  ADD: 'ADD is not taken, because it can fetch from the network: upload the file and use COPY, or fetch it in a RUN.',
  ONBUILD: 'ONBUILD is not taken: it would act in images made from this one, unseen.',
  MAINTAINER: 'MAINTAINER is retired: write LABEL org.opencontainers.image.authors="…".',
  VOLUME: 'VOLUME is not taken: builders differ in what later steps write there. Those of the base stay.',
  HEALTHCHECK: 'HEALTHCHECK is not taken: OCI images have no place for it. The one of the base stays.',
  STOPSIGNAL: 'STOPSIGNAL is not taken.',
};

function problemOf({ keyword, rest }: Instruction, uploads: readonly string[]): string | undefined {
  if (keyword.startsWith('#')) {
    return 'Directives such as # syntax= are not taken: they make the engine fetch another builder.';
  }
  if (!allowed.has(keyword))
    return refused[keyword] ?? `${clip(keyword, 40)} is not a Dockerfile instruction.`;
  if (rest === '') return `${keyword} needs something after it.`;
  if (rest.endsWith('\\')) {
    return `${keyword} cannot end with a backslash, which not all engines read alike: put it in quotes.`;
  }
  const tooLong = problemOfSize(rest);
  if (tooLong !== undefined) return `${keyword}: ${tooLong}`;
  const { flags, after } = splitFlags(rest);
  for (const flag of flags) {
    const problem = problemOfFlag(keyword, flag);
    if (problem !== undefined) return problem;
  }
  if (hasHereDocument(rest) && (keyword === 'RUN' || keyword === 'COPY')) {
    return `${keyword} with a here-document is not taken: Buildah does not know it. Upload a file and COPY it.`;
  }
  if (keyword === 'COPY' && /(?:^|[\s"'[,])(?:https?|git|ssh):\/\//i.test(rest)) {
    return 'COPY takes uploaded files only: fetch an address in a RUN.';
  }
  return keyword === 'COPY' ? problemOfCopy(after, uploads) : undefined;
}

/** COPY takes the files of its step, each by its name; folders and patterns would take more than what can be seen. */
function problemOfCopy(text: string, uploads: readonly string[]): string | undefined {
  const words = copyWords(text);
  if (words === undefined) return 'COPY has a list that is no JSON: write ["file", "/where"].';
  const sources = words.slice(0, -1);
  if (sources.length === 0) return 'COPY needs the name of a file and where it goes.';
  const unknown = sources.find((source) => !uploads.includes(source));
  if (unknown === undefined) return undefined;
  const named = uploads.length === 0 ? 'It has none yet.' : `It has ${clip(uploads.join(', '), 40)}.`;
  return `COPY takes files of its step by their names, and ${clip(unknown, 40)} is none of them. ${named}`;
}

function copyWords(text: string): readonly string[] | undefined {
  return text.startsWith('[') ? listWords(text) : text.split(/\s+/).filter((word) => word !== '');
}

/** The words of an instruction that is written as a list; undefined for what is none. */
export function listWords(text: string): readonly string[] | undefined {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : undefined;
  } catch {
    return undefined;
  }
}
