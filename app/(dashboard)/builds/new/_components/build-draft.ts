import type { Definition, ImageSource, Step } from '#lib/images/schema.ts';
import { isBoundTo } from '#lib/registries/binding.ts';
import { isPublicEcrHost } from '#lib/registries/ecr.ts';
import { kindOfHost, type RegistryKind } from '#lib/registries/host-kind.ts';
import { bestMatch, closestPattern, type Match, type MatchableSecret } from '#lib/secrets/best-match.ts';
import { type ReadReference, sourceNamedBy } from '../../../_components/read-reference.ts';

/** What the form holds, as typed. */
export interface BuildDraft {
  readonly source: RegistryKind;
  readonly text: string;
  readonly platform: string;
  /** Null for a public image. */
  readonly secretName: string | null;
  /** The series of Python that is added; null for none. */
  readonly python: string | null;
}

/** What the form needs to know of a secret. */
export interface SecretChoice extends MatchableSecret {
  readonly id: string;
  readonly type: RegistryKind;
  readonly version: number;
}

/** An image that the form defines. `basedOn` is the revision that is edited; null for a new one. */
export interface EditedImage {
  readonly name: string;
  readonly basedOn: number | null;
}

/** What would be kept as an image: the draft in the specification's words. */
export function definitionOf(options: {
  readonly read: Extract<ReadReference, { readonly state: 'read' }>;
  readonly draft: BuildDraft;
  readonly secretName: string | null;
  readonly steps: readonly Step[];
}): Definition {
  const { read, draft, secretName, steps } = options;
  const kind = kindOfHost(read.reference.registry);
  return {
    version: 1,
    source: sources[kind] ?? 'from_registry',
    reference: read.whole,
    secret: secretName,
    platform: draft.platform,
    add_python: draft.python,
    steps: [...steps],
  };
}

const sources: Readonly<Partial<Record<RegistryKind, ImageSource>>> = {
  aws: 'from_aws_ecr',
  gcp: 'from_gcp_artifact_registry',
};

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
