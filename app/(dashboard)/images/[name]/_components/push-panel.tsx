import { lastPushOf, newestResultOf, readPushTarget } from '#lib/push/data.ts';
import { listSecrets } from '#lib/secrets/data.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { choiceOf } from '../../../builds/new/_components/secret-choice.ts';
import { PushTargetPanel } from './push-target-panel.tsx';

/** Where the image goes, and the way to bring it there now. */
export async function PushPanel({ scope, name }: { readonly scope: Scope; readonly name: string }) {
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
      last={last}
      secrets={rows.flatMap(choiceOf)}
    />
  );
}
