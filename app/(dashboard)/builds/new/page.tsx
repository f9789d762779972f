import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { PageHeader } from '#app/_components/page-header.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { whyNoEngine } from '#lib/builds/workers.ts';
import { readSettings } from '#lib/config/load-settings.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { getImage } from '#lib/images/data.ts';
import { listAllowances, listSecrets } from '#lib/secrets/data.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { currentPulls } from '../../_components/pulls-left-facts.ts';
import { sourceNamedBy } from '../../_components/read-reference.ts';
import { NewBuildForm } from './_components/new-build-form.tsx';
import { defaultPlatform } from './_components/platforms.ts';
import { choiceOf } from './_components/secret-choice.ts';

export const metadata: Metadata = { title: 'New build · Slipway' };

export default async function NewBuildPage(props: {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}) {
  const scope = await requireScope();
  const query = await props.searchParams;
  const [rows, allowances, engineGap, image] = await Promise.all([
    listSecrets({ scope }),
    listAllowances({ scope }),
    whyNoEngine(),
    imageOf(scope, query.image),
  ]);
  const secrets = rows.flatMap(choiceOf);
  const text = image?.definition?.reference ?? textOf(query.reference);
  const wanted = image?.definition === undefined ? query.secret : image.definition.secret;
  const secret = secrets.find(({ name }) => name === wanted);
  const platform = image?.definition?.platform ?? textOf(query.platform);
  return (
    <>
      <PageHeader
        crumbs={[image === null ? { label: 'Builds', href: '/' } : { label: 'Images', href: '/images' }]}
        title={image === null ? 'New build' : image.name || 'New image'}
      />
      <NewBuildForm
        secrets={secrets}
        pulls={currentPulls({ allowances, secrets, now: new Date() })}
        isSecretChosen={secret !== undefined || image?.definition !== undefined}
        stepSecrets={rows.filter(({ type }) => type === 'custom').map(({ name }) => name)}
        startSteps={image?.definition?.steps ?? []}
        image={image}
        engineGap={engineGap}
        uploadBytesMax={readSettings().uploads.fileBytesMax}
        start={{
          text,
          source: sourceNamedBy(text) ?? secret?.type ?? 'docker_hub',
          platform: platform || defaultPlatform,
          secretName: secret?.name ?? null,
          python: image?.definition?.add_python ?? null,
        }}
      />
    </>
  );
}

/** The image that the form defines: a new one for an empty name; null where the address says nothing of one. */
async function imageOf(scope: Scope, parameter: string | string[] | undefined) {
  if (typeof parameter !== 'string') return null;
  if (parameter === '') return { name: '', basedOn: null };
  try {
    const { name, revision, definition } = await getImage({ scope, name: parameter });
    return { name, basedOn: revision, definition };
  } catch (error) {
    if (error instanceof NotFoundError) notFound();
    throw error;
  }
}

function textOf(parameter: string | string[] | undefined): string {
  return typeof parameter === 'string' ? parameter.slice(0, 1000) : '';
}
