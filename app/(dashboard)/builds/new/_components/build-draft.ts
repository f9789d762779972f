import type { Definition, ImageSource, Step } from '#lib/images/schema.ts';
import { isBoundTo } from '#lib/registries/binding.ts';
import { isPublicEcrHost } from '#lib/registries/ecr.ts';
import { kindOfHost, type RegistryKind } from '#lib/registries/host-kind.ts';
import { bestMatch, closestPattern, type Match, type MatchableSecret } from '#lib/secrets/best-match.ts';
import { type ReadReference, readReference, sourceNamedBy } from '../../../_components/read-reference.ts';
import { draftsOf, type StepDraft } from '../../../_components/steps/steps-draft.ts';

/** What the form holds, as typed. It is kept in the browser: whoever changes it changes `kept-draft.ts`. */
export interface BuildDraft {
  /** Of the image that is defined; null for a build that is none's. */
  readonly imageName: string | null;
  /** The revision that is edited; null where there is none yet. */
  readonly basedOn: number | null;
  readonly source: RegistryKind;
  readonly text: string;
  readonly platform: string;
  /** Null for a public image. Counts once somebody chose: before that the proposal does. */
  readonly secretName: string | null;
  readonly isSecretChosen: boolean;
  /** The series of Python that is added; null for none. */
  readonly python: string | null;
  readonly steps: readonly StepDraft[];
}

/** What the form needs to know of a secret. */
export interface SecretChoice extends MatchableSecret {
  readonly id: string;
  readonly type: RegistryKind;
  readonly version: number;
}

/** The newest revision of an image, by whoever saved it. */
export interface NewestRevision {
  readonly number: number;
  readonly byName: string;
}

/** The image that is edited, as it is now. `newest` is null when there is none of this name any more. */
export interface ImageNow {
  readonly name: string;
  readonly newest: NewestRevision | null;
}

/** How the image stands to the draft: others may have saved or deleted it since. */
export type Standing =
  | { readonly state: 'same' }
  | { readonly state: 'newer'; readonly newest: NewestRevision }
  | { readonly state: 'deleted' };

export function standingOf({ basedOn }: BuildDraft, now: ImageNow | null): Standing {
  if (basedOn === null || now === null) return { state: 'same' };
  if (now.newest === null) return { state: 'deleted' };
  return now.newest.number === basedOn ? { state: 'same' } : { state: 'newer', newest: now.newest };
}

/** A definition, to be typed on. */
export function draftOf(
  definition: Pick<Definition, 'reference' | 'secret' | 'platform' | 'add_python' | 'steps'>,
  edited: Pick<BuildDraft, 'imageName' | 'basedOn'>,
): BuildDraft {
  const { reference, secret, platform, add_python, steps } = definition;
  return {
    ...edited,
    source: sourceNamedBy(reference) ?? 'docker_hub',
    text: reference,
    platform,
    secretName: secret,
    isSecretChosen: true,
    python: add_python,
    steps: draftsOf(steps),
  };
}

/** What of a draft says which image is pulled, and with which secret. */
export interface DraftBase {
  readonly read: ReadReference;
  /** Null while no reference is read. */
  readonly proposal: Match<SecretChoice> | null;
  /** The one that was chosen or is proposed; null for none. */
  readonly secretName: string | null;
  /** Undefined also for one that there is not any more. */
  readonly secret: SecretChoice | undefined;
  /** Why the secret cannot be used. */
  readonly secretProblem: string | undefined;
}

export function baseOf(draft: BuildDraft, secrets: readonly SecretChoice[]): DraftBase {
  const read = readReference(draft.text, draft.source);
  const proposal = proposalFor(secrets, read);
  const secretName = draft.isSecretChosen ? draft.secretName : (proposal?.secret?.name ?? null);
  const secret = secrets.find(({ name }) => name === secretName);
  const isGone = secretName !== null && secret === undefined;
  return {
    read,
    proposal,
    secretName,
    secret,
    secretProblem: isGone ? goneSecret(secretName) : secretProblem(secret, read),
  };
}

function goneSecret(name: string): string {
  return `There is no secret named ${name} in this workspace. Choose another, or none if the image is public.`;
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
