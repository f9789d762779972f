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
import type { EditedImage } from './_components/build-draft.ts';
import { NewBuildForm } from './_components/new-build-form.tsx';
import { defaultPlatform } from './_components/platforms.ts';
import { choiceOf } from './_components/secret-choice.ts';

interface NewBuildPageProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export async function generateMetadata({ searchParams }: NewBuildPageProps): Promise<Metadata> {
  const { image } = await searchParams;
  if (typeof image !== 'string') return { title: 'New build' };
  return { title: image === '' ? 'New image' : `Edit ${image}` };
}

export default async function NewBuildPage(props: NewBuildPageProps) {
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
        crumbs={crumbsOf(image)}
        title={image === null ? 'New build' : image.basedOn === null ? 'New image' : 'Edit'}
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

function crumbsOf(image: EditedImage | null) {
  if (image === null) return [{ label: 'Builds', href: '/' }];
  const images = { label: 'Images', href: '/images' };
  return image.basedOn === null ? [images] : [images, { label: image.name, href: `/images/${image.name}` }];
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
