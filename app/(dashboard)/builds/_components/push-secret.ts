import type { PushInput } from '#lib/push/schema.ts';
import type { ReadReference } from '../../_components/read-reference.ts';
import { proposalFor, type SecretChoice, secretProblem } from '../new/_components/build-draft.ts';

/** What a push is proposed with. */
export interface PushProposal {
  /** Where the image goes, or where its last push went; null where neither is. */
  readonly start: PushInput | null;
  /** Secrets by name, the likeliest first: that of the base, that of the last push. */
  readonly likely: readonly string[];
}

/** What is known of an image's pushes as a proposal: where it is to go, else where it went last; its base's secret, else the last one. */
export function proposalOf(known: {
  readonly target: PushInput | null;
  readonly last: PushInput | null;
  readonly baseSecret: string | null | undefined;
}): PushProposal {
  const { target, last, baseSecret } = known;
  const likely = [baseSecret, last?.secretName].filter((name) => typeof name === 'string');
  return { start: target ?? last, likely };
}

/**
 * The secret to push with where nobody chooses one: in the repository that a push begins with that push's own, elsewhere the first
 * likely one that may go to the host, else what a pull from there would be proposed. Null for none.
 */
export function pushSecretFor(
  secrets: readonly SecretChoice[],
  read: ReadReference,
  { start, likely }: PushProposal,
): string | null {
  if (read.state !== 'read') return null;
  const fits = (name: string) => {
    const secret = secrets.find((each) => each.name === name);
    return secret !== undefined && secretProblem(secret, read) === undefined;
  };
  const { registry, repository } = read.reference;
  if (start !== null && isIn(start.reference, `${registry}/${repository}`)) {
    if (start.secretName === null || fits(start.secretName)) return start.secretName;
  }
  return likely.find(fits) ?? proposalFor(secrets, read)?.secret?.name ?? null;
}

/** Whether a whole normalised reference is of this repository. */
function isIn(reference: string, repository: string): boolean {
  return reference.startsWith(repository) && /^[:@]/.test(reference.slice(repository.length));
}
