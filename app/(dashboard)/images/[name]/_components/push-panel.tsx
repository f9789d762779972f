import type { ImageDetail } from '#lib/images/types.ts';
import { lastPushOf, newestResultOf, readPushTarget } from '#lib/push/data.ts';
import { listSecrets } from '#lib/secrets/data.ts';
import type { Scope } from '#lib/teams/scope.ts';
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
  const likely = [definition.secret, last?.secretName].filter((secret) => typeof secret === 'string');
  return (
    <PushTargetPanel
      name={name}
      target={target}
      newest={newest}
      proposal={{ start: target ?? last, likely }}
      secrets={rows.flatMap(choiceOf)}
    />
  );
}
