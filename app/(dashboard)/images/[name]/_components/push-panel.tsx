import type { ImageDetail } from '#lib/images/types.ts';
import { lastPushOf, newestResultOf, readPushTarget } from '#lib/push/data.ts';
import { listSecrets } from '#lib/secrets/data.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { proposalOf } from '../../../builds/_components/push-secret.ts';
import { choiceOf } from '../../../builds/new/_components/secret-choice.ts';
import { PushTargetPanel } from './push-target-panel.tsx';

/** Where the image goes, and the way to bring it there now. */
export async function PushPanel({ scope, image }: { readonly scope: Scope; readonly image: ImageDetail }) {
  const { name, definition } = image;
  const [target, newest, rows, last] = await Promise.all([
    readPushTarget({ scope, image: name }),
    newestResultOf({ scope, image: name }),
    listSecrets({ scope }),
    lastPushOf({ scope, build: { image: { name }, reference: '' } }),
  ]);
  return (
    <PushTargetPanel
      name={name}
      target={target}
      newest={newest}
      proposal={proposalOf({ target, last, baseSecret: definition.secret })}
      secrets={rows.flatMap(choiceOf)}
    />
  );
}
