import { type Binding, isBoundTo } from '#lib/registries/binding.ts';
import { isDockerHubHost } from '#lib/registries/docker-hub.ts';
import { isPublicEcrHost } from '#lib/registries/ecr.ts';

/**
 * Patterns that say for which repositories of its host a secret is: `[host/]path`, where in the path `*` stands for any
 * characters, `/` included, and `?` for any one. The first part is a host where references take it for one: with a dot or
 * colon in it, or `localhost`. Forms and builds propose secrets by them; they give no access and take none.
 */

/** What a reference says before its tag, normalised. */
export interface RepositoryName {
  /** `host[:port]` */
  readonly registry: string;
  readonly repository: string;
}

/** Patterns of one secret: more are read by nobody. */
export const patternsMax = 50;
/** A host name with its port, and the longest path that a reference can have. */
export const patternCharactersMax = 515;

/** One word of a field: the pattern that it surely means, or what to do about it. */
export type ReadPattern = { readonly pattern: string } | { readonly problem: string };

/**
 * Reads one pattern. What is pasted along with it is taken away: a scheme, a tag, a digest. A folder (`ml/`) is all that lies
 * in it. Reading what was read changes nothing.
 *
 * @param options.binding where the secret may go; a host that it never goes to is a problem.
 */
export function readPattern(options: { readonly word: string; readonly binding: Binding }): ReadPattern {
  const { word, binding } = options;
  if (word.length > patternCharactersMax) return { problem: 'Shorten it: no repository has so long a name.' };
  const text = bare(word);
  if (text === binding.host) return { problem: `Leave this empty for all of ${text}.` };
  const { host, path } = splitPattern(text);
  if (host !== undefined && isPublicEcrHost(host))
    return { problem: `Images on ${host} are public: build from them without a secret.` };
  if (!pathShape.test(path) || path.includes('//'))
    return { problem: `Not a repository: ${word}. Enter a path such as ml/app, with * for any.` };
  if (host === undefined) return { pattern: path };
  if (!hostShape.test(host)) return { problem: `Not a host: ${host}.` };
  if (binding.host !== null && !isBoundTo({ binding, registryHost: host }))
    return { problem: `This secret never goes to ${host}, only to ${binding.host ?? 'the host above'}.` };
  return { pattern: `${host}/${path}` };
}

/** The words of a field, which spaces, commas or lines part. */
function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,;]+/).filter((word) => word !== '');
}

/** What a field of patterns says: each once, in its order. */
export function readPatterns(options: { readonly text: string; readonly binding: Binding }): {
  readonly patterns: readonly string[];
  /** Of the first word that has one. */
  readonly problem: string | undefined;
} {
  const read = wordsOf(options.text).map((word) => readPattern({ word, binding: options.binding }));
  const patterns = [...new Set(read.flatMap((one) => ('pattern' in one ? [one.pattern] : [])))];
  const first = read.find((one) => 'problem' in one);
  const isTooMany = patterns.length > patternsMax;
  return {
    patterns,
    problem: first?.problem ?? (isTooMany ? `Enter at most ${patternsMax}; * covers many.` : undefined),
  };
}

/** Why patterns cannot be kept with a secret; undefined when they can. They have to be as `readPattern` writes them. */
export function patternsProblem(options: {
  readonly patterns: readonly string[];
  readonly binding: Binding;
}): string | undefined {
  const { patterns, binding } = options;
  if (binding.type === 'custom' && patterns.length > 0)
    return 'Leave this empty: a custom secret goes to no registry.';
  const { patterns: read, problem } = readPatterns({ text: patterns.join(' '), binding });
  if (problem !== undefined) return problem;
  const isSame = read.length === patterns.length && read.every((one, index) => one === patterns[index]);
  return isSame ? undefined : 'Enter each path once, in lower case and without a tag.';
}

/** Whether a repository is one of those that a pattern means. */
export function covers(pattern: string, name: RepositoryName): boolean {
  const { host, path } = splitPattern(pattern);
  const registry = plainHost(name.registry);
  if (host !== undefined && host !== registry) return false;
  const { repository } = name;
  if (isLike(path, repository)) return true;
  // Official images of Docker Hub are called by their last part alone.
  return (
    isDockerHubHost(registry) &&
    repository.startsWith(library) &&
    isLike(path, repository.slice(library.length))
  );
}

/** Orders patterns that cover the same repository: the one that says more about it comes first. */
export function byCloseness(one: string, other: string): number {
  const [a, b] = [closenessOf(one), closenessOf(other)];
  return b.prefix - a.prefix || b.literals - a.literals || b.exact - a.exact;
}

const library = 'library/';

/** As repositories are named, with the wildcards. */
const pathShape = /^[a-z0-9*?](?:[a-z0-9*?._/-]*[a-z0-9*?])?$/;
const hostShape = /^[a-z0-9[](?:[a-z0-9.:[\]-]*[a-z0-9\]])?$/;

function bare(word: string): string {
  return word
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
    .toLowerCase()
    .replace(/\/$/, '/*')
    .replace(/\*{2,}/g, '*');
}

function splitPattern(text: string): { readonly host: string | undefined; readonly path: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const isHost = first === 'localhost' || /[.:]/.test(first);
  return isHost ? { host: plainHost(first), path: text.slice(slash + 1) } : { host: undefined, path: text };
}

/** Docker Hub has several names for one registry. */
function plainHost(host: string): string {
  return isDockerHubHost(host) ? 'docker.io' : host.toLowerCase();
}

function closenessOf(pattern: string) {
  const { path } = splitPattern(pattern);
  const prefix = path.search(/[*?]/);
  return {
    prefix: prefix < 0 ? path.length : prefix,
    literals: path.replace(/[*?]/g, '').length,
    exact: prefix < 0 ? 1 : 0,
  };
}

/** Whether a text is what a glob says. Takes steps by the product of both lengths at most, whatever the glob. */
function isLike(glob: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let index = 0;
  while (index < text.length) {
    if (glob[at] === '*') {
      star = at;
      at += 1;
      resume = index;
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === text[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      index = resume;
    } else {
      return false;
    }
  }
  return /^\**$/.test(glob.slice(at));
}
