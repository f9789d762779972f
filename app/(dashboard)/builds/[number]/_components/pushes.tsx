'use client';

import { useState } from 'react';
import { useToast } from '#app/_components/toast.tsx';
import type { PushView } from '#lib/push/types.ts';
import { askToCancelPush } from '../../_components/ask-server.ts';
import type { PushProposal } from '../../_components/push-secret.ts';
import type { SecretChoice } from '../../new/_components/build-draft.ts';
import { PushRow } from './push-row.tsx';
import { isOpen } from './use-pushes.ts';

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
  const { pushes, onPush } = props;
  const toast = useToast();
  const [cancelling, setCancelling] = useState<ReadonlySet<string>>(new Set());

  async function cancel(id: string) {
    setCancelling((ids) => new Set([...ids, id]));
    const refused = await askToCancelPush(id);
    if (refused === null) return;
    setCancelling((ids) => new Set([...ids].filter((each) => each !== id)));
    const { what, why, next } = refused.report;
    toast({ tone: 'bad', text: `${what}. ${why} ${next}` });
  }

  return (
    <section aria-labelledby="pushes-heading">
      <h2 id="pushes-heading" className="pb-1 font-semibold">
        Pushes
      </h2>
      <ul className="grid">
        {pushes.map((push) => (
          <PushRow
            key={push.id}
            push={push}
            isCancelling={isOpen(push) && cancelling.has(push.id)}
            onCancel={() => void cancel(push.id)}
            onAgain={onPush}
          />
        ))}
      </ul>
    </section>
  );
}
