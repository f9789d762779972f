import { InvalidReferenceError } from '#lib/oci/input-errors.ts';
import { formatReference, parseReference, type Reference } from '#lib/oci/reference.ts';
import { isBoundTo } from '#lib/registries/binding.ts';
import { isPublicEcrHost } from '#lib/registries/ecr.ts';
import { kindOfHost, type RegistryKind, registryKindNames } from '#lib/registries/host-kind.ts';
import { bestMatch, closestPattern, type Match, type MatchableSecret } from '#lib/secrets/best-match.ts';

/** What the form holds, as typed. */
export interface BuildDraft {
  readonly source: RegistryKind;
  readonly text: string;
  readonly platform: string;
  /** Null for a public image. */
  readonly secretName: string | null;
}

/** What the form needs to know of a secret. */
export interface SecretChoice extends MatchableSecret {
  readonly id: string;
  readonly type: RegistryKind;
  readonly version: number;
}

/** What a text says: a reference, or what is wrong with it and, where that is certain, what was meant. */
export type ReadReference =
  | { readonly state: 'empty' }
  | {
      readonly state: 'read';
      readonly reference: Reference;
      readonly whole: string;
      readonly kind: RegistryKind;
    }
  | {
      readonly state: 'problem';
      readonly problem: string;
      readonly suggestion: string | undefined;
      /** It is public, and pulled as anybody may: all that is wrong is the source. */
      readonly isPublicPull?: true;
    };

/** Reads a reference as a build will, and holds it against the source that was chosen. */
export function readReference(typed: string, source: RegistryKind): ReadReference {
  const text = typed.trim();
  if (text === '') return { state: 'empty' };
  const reference = tryParse(text);
  if (reference instanceof InvalidReferenceError) {
    const { suggestion, advice } = reference;
    // With a suggestion, what to do next is to take it: it is offered below.
    const problem = suggestion === undefined ? `${advice.why} ${advice.next}` : advice.why;
    return { state: 'problem', problem, suggestion };
  }
  const kind = kindOfHost(reference.registry);
  if (kind === source) return { state: 'read', reference, whole: formatReference(reference), kind };
  if (isPublicEcrHost(reference.registry) && source === 'aws')
    return { state: 'problem', problem: publicEcr, suggestion: undefined, isPublicPull: true };
  return { state: 'problem', problem: elsewhere(reference, source, hasHost(text)), suggestion: undefined };
}

/** The source that a text names by its host; undefined where it names none. */
export function sourceNamedBy(typed: string): RegistryKind | undefined {
  const text = typed.trim();
  const reference = tryParse(text);
  if (reference instanceof InvalidReferenceError || !hasHost(text)) return undefined;
  return kindOfHost(reference.registry);
}

/**
 * The source to read a text by after it was typed: the one that it names by its host, else the one before. Only public.ecr.aws
 * leaves AWS ECR chosen, because whoever chose that has to be told.
 */
export function sourceAfter(typed: string, source: RegistryKind): RegistryKind {
  const named = sourceNamedBy(typed);
  if (named === undefined) return source;
  const isToldFirst = source === 'aws' && isPublicEcrHost(typed.trim().split('/')[0] ?? '');
  return isToldFirst ? source : named;
}

export function fitsRegistry(secret: SecretChoice, registryHost: string): boolean {
  return isBoundTo({ binding: secret, registryHost });
}

/** The secret to use where nobody chooses one, and why; null while no reference is read. */
export function proposalFor(
  secrets: readonly SecretChoice[],
  read: ReadReference,
): Match<SecretChoice> | null {
  return read.state === 'read' ? bestMatch({ reference: read.reference, secrets }) : null;
}

/** Patterns of a secret that do not cover the reference, in words; undefined where one does, or it has none. */
export function outsidePatterns(secret: SecretChoice | undefined, read: ReadReference): string | undefined {
  if (secret === undefined || read.state !== 'read' || secret.repositories.length === 0) return undefined;
  if (closestPattern(secret, read.reference) !== undefined) return undefined;
  return `It is kept for ${secret.repositories.join(', ')}, and this is ${read.reference.repository}. Whether it may read that, the registry decides.`;
}

/** Why a secret cannot be used for a reference; undefined where it can, or where that is not known yet. */
export function secretProblem(secret: SecretChoice | undefined, read: ReadReference): string | undefined {
  if (secret === undefined) return undefined;
  if (secret.state === 'refused')
    return 'A worker refused its values. Replace them, or choose another secret.';
  if (read.state !== 'read' || fitsRegistry(secret, read.reference.registry)) return undefined;
  return `It is bound to ${secret.host ?? 'no registry'} and is sent nowhere else. Choose a secret for ${read.reference.registry}, or none if the image is public.`;
}

export const examples: Readonly<Record<RegistryKind, string>> = {
  docker_hub: 'python:3.13-slim',
  aws: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ml/app:1.4',
  gcp: 'europe-docker.pkg.dev/project/images/app:1.4',
  registry: 'ghcr.io/team/app:1.4',
};

const publicEcr =
  'This is Amazon’s public gallery, not a private ECR registry: nobody needs a secret for it, and no ECR secret is sent there.';

function elsewhere({ registry }: Reference, source: RegistryKind, isHostGiven: boolean): string {
  const name = source === 'registry' ? 'another registry' : registryKindNames[source];
  if (!isHostGiven) {
    return `Without a host in front this is an image on Docker Hub. For ${name}, type the whole reference, such as ${examples[source]}.`;
  }
  const kind = kindOfHost(registry);
  return `${registry} is not ${name}. Choose ${registryKindNames[kind]} above, or type a reference such as ${examples[source]}.`;
}

function tryParse(text: string): Reference | InvalidReferenceError {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof InvalidReferenceError) return error;
    throw error;
  }
}

/** Whether the first part of a text that is a reference is its host, as the grammar tells. */
function hasHost(text: string): boolean {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  return first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
}
