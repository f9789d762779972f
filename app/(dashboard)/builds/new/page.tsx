import type { Metadata } from 'next';
import { requireScope } from '#lib/auth/session.ts';
import { whyNoEngine } from '#lib/builds/workers.ts';
import { readSettings } from '#lib/config/load-settings.ts';
import { listAllowances, listSecrets } from '#lib/secrets/data.ts';
import { currentPulls } from '../../_components/pulls-left-facts.ts';
import { NewBuildForm } from './_components/new-build-form.tsx';
import { choiceOf } from './_components/secret-choice.ts';
import { type NewBuildQuery, readStart } from './read-start.ts';

interface NewBuildPageProps {
  readonly searchParams: Promise<NewBuildQuery>;
}

export async function generateMetadata({ searchParams }: NewBuildPageProps): Promise<Metadata> {
  const { image } = await searchParams;
  if (typeof image !== 'string') return { title: 'New build' };
  return { title: image === '' ? 'New image' : `Edit ${image}` };
}

/**
 * The form for builds and images. `?image=` defines a new image and `?image=NAME` edits one, with `&revision=N` beginning with what
 * that one said; `?build=N` begins with what that build ran; `?reference=`, `?secret=` and `?platform=` fill in their fields.
 */
export default async function NewBuildPage({ searchParams }: NewBuildPageProps) {
  const scope = await requireScope();
  const [rows, allowances, engineGap] = await Promise.all([
    listSecrets({ scope }),
    listAllowances({ scope }),
    whyNoEngine(),
  ]);
  const secrets = rows.flatMap(choiceOf);
  const { key, ...begun } = await readStart({ scope, query: await searchParams, secrets });
  return (
    <NewBuildForm
      key={key}
      draftKey={`${scope.workspaceId} ${scope.userId} ${key}`}
      {...begun}
      secrets={secrets}
      stepSecrets={rows.filter(({ type }) => type === 'custom').map(({ name }) => name)}
      pulls={currentPulls({ allowances, secrets, now: new Date() })}
      engineGap={engineGap}
      uploadBytesMax={readSettings().uploads.fileBytesMax}
    />
  );
}
