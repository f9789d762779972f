import { type Digest, isDigest } from './digest.ts';
import { InvalidReferenceError } from './input-errors.ts';
import { referenceFault } from './reference-fault.ts';
import { grammar } from './reference-grammar.ts';

/**
 * An image reference in its normalised form: the registry is always there, names of one part on Docker Hub lie
 * under `library/`, and there is a tag or a digest or both. Where both are given the digest decides.
 */
export interface Reference {
  /** `host[:port]`; `docker.io` for Docker Hub. Letters stay as they were typed. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/**
 * Parses and normalises what a person types, as the Go package distribution/reference v0.6 does
 * (ParseNormalizedNamed, then TagNameOnly): `ubuntu` is `docker.io/library/ubuntu:latest`.
 * https://pkg.go.dev/github.com/distribution/reference@v0.6.0#hdr-Grammar
 * @throws InvalidReferenceError that says what is wrong, with a suggestion where that is certain.
 */
export function parseReference(text: string): Reference {
  const parsed = tryReference(text);
  if (parsed === undefined) {
    throw new InvalidReferenceError(referenceFault(text, (other) => tryReference(other) !== undefined));
  }
  return parsed;
}

/** The whole reference, normalised: `registry/repository[:tag][@digest]`. `parseReference` reads it back. */
export function formatReference(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** What a manifest is asked for by: the digest where there is one, else the tag. */
export function targetOf(reference: Reference): string {
  return reference.digest ?? reference.tag ?? defaultTag;
}

/** Whether this is a repository path as registries take it, without a host. */
export function isRepository(text: string): boolean {
  return text.length <= repositoryCharactersMax && grammar.repository.test(text);
}

export function isTag(text: string): boolean {
  return grammar.tag.test(text);
}

const defaultTag = 'latest';
const hub = 'docker.io';

/** The same bound as in distribution/reference; it covers the path without the registry. */
const repositoryCharactersMax = 255;

/**
 * Longer than any valid reference: a DNS name of 253, a port, 255 of path, 128 of tag, 135 of digest. Bounds the
 * work that the grammar, which backtracks here, can be made to do.
 */
const textCharactersMax = 1024;

function tryReference(text: string): Reference | undefined {
  // https://pkg.go.dev/github.com/distribution/reference@v0.6.0#ParseNormalizedNamed
  if (text.length > textCharactersMax || grammar.identifier.test(text)) return undefined;
  const { registry, remainder } = splitRegistry(text);
  const match = grammar.reference.exec(`${registry}/${remainder}`);
  const [, domain, repository, tag, digest] = match ?? [];
  if (domain === undefined || repository === undefined) return undefined;
  if (repository.length > repositoryCharactersMax) return undefined;
  if (digest !== undefined && !isDigest(digest)) return undefined;
  return {
    registry: domain,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: defaultTag } : {}),
    ...(digest !== undefined ? { digest } : {}),
  };
}

/** The first part is a host if it looks like one: it has a dot or colon, is `localhost`, or has upper case. */
function splitRegistry(text: string): { readonly registry: string; readonly remainder: string } {
  const slash = text.indexOf('/');
  if (slash < 0) return { registry: hub, remainder: `library/${text}` };
  const first = text.slice(0, slash);
  const rest = text.slice(slash + 1);
  const isHost = first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first;
  const registry = !isHost || first === 'index.docker.io' ? hub : first;
  const remainder = isHost ? rest : text;
  return registry === hub && !remainder.includes('/')
    ? { registry, remainder: `library/${remainder}` }
    : { registry, remainder };
}
