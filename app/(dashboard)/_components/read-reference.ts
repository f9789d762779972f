import { InvalidReferenceError } from '#lib/oci/input-errors.ts';
import { formatReference, parseReference, type Reference } from '#lib/oci/reference.ts';
import { isPublicEcrHost } from '#lib/registries/ecr.ts';
import { kindOfHost, type RegistryKind, registryKindNames } from '#lib/registries/host-kind.ts';

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
  return `${registry} is not ${name}. Choose ${registryKindNames[kind]} for it, or type a reference such as ${examples[source]}.`;
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
