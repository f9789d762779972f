'use client';

import type { PushView } from '#lib/push/types.ts';
import type { PushProposal } from '../../_components/push-secret.ts';
import type { SecretChoice } from '../../new/_components/build-draft.ts';
import { PushRow } from './push-row.tsx';

/** The pushes of a build when the page was made, and what a further one is proposed with. */
export interface Pushing {
  readonly pushes: readonly PushView[];
  readonly secrets: readonly SecretChoice[];
  readonly proposal: PushProposal;
}

/** A further push of the same build begins with where its last one went. */
export function proposalAfter([last]: readonly PushView[], proposal: PushProposal): PushProposal {
  if (last === undefined) return proposal;
  return { ...proposal, start: { reference: last.reference, secretName: last.secret?.name ?? null } };
}

/** Where the image of a build was brought, or is being brought. */
export function Pushes(props: { readonly pushes: readonly PushView[]; readonly onPush: () => void }) {
  return (
    <section aria-labelledby="pushes-heading">
      <h2 id="pushes-heading" className="pb-1 font-semibold">
        Pushes
      </h2>
      <ul className="grid">
        {props.pushes.map((push) => (
          <PushRow key={push.id} push={push} onAgain={props.onPush} />
        ))}
      </ul>
    </section>
  );
}
