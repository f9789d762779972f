import { Pencil } from 'lucide-react';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { Button } from '#app/_components/button.tsx';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';
import { Age } from '#app/_components/time.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { formatCountOf } from '#lib/builds/format.ts';
import { whyNoEngine } from '#lib/builds/workers.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { getImage, listRevisions, readTrend } from '#lib/images/data.ts';
import type { ImageDetail } from '#lib/images/types.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { EngineGap } from '../../_components/engine-gap.tsx';
import { FollowImages } from '../../_components/follow-images.tsx';
import { DefinitionPreview } from '../../_components/steps/definition-preview.tsx';
import { BuildTrend } from './_components/build-trend.tsx';
import { BuildsList } from './_components/builds-list.tsx';
import { ImageActions } from './_components/image-actions.tsx';
import { ImageTags } from './_components/image-tags.tsx';
import { PushPanel } from './_components/push-panel.tsx';
import { Revisions } from './_components/revisions.tsx';

interface Props {
  readonly params: Promise<{ readonly name: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${decodeURIComponent((await params).name)} · Images` };
}

export default async function ImagePage({ params }: Props) {
  const scope = await requireScope();
  const image = await findImage(scope, decodeURIComponent((await params).name));
  const gap = await whyNoEngine();
  const { name, definition } = image;
  const [trend, revisions] = await Promise.all([readTrend(image), listRevisions(image)]);
  return (
    <>
      <FollowImages shown={{ [name]: image.builds }} />
      <PageHeader
        crumbs={[{ label: 'Images', href: '/images' }]}
        title={name}
        actions={
          <Button href={`/builds/new?image=${encodeURIComponent(name)}`} icon={<Pencil />}>
            Edit
          </Button>
        }
      />
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(320px,40%)] gap-7 border-t border-line px-6 py-5 max-lg:grid-cols-1 max-md:px-4">
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-6">
          <div className="flex flex-wrap items-center gap-3">
            <div className="min-w-0 flex-1">
              <ImageReference reference={definition.reference} />
              <p className="mt-1 text-small text-ink-3">
                {definition.secret === null ? 'No secret' : `Secret ${definition.secret}`},{' '}
                {definition.platform}, {formatCountOf(image.stepCount, 'step')}. Revision {image.revision},{' '}
                <Age at={image.changedAt} /> by {image.changedByName}.
              </p>
            </div>
            <ImageActions name={name} />
          </div>
          {gap !== null && image.stepCount > 0 && <EngineGap gap={gap} />}
          <ImageTags scope={scope} image={image} />
          <PushPanel scope={scope} image={image} />
          <BuildTrend trend={trend} />
          <BuildsList name={name} builds={image.builds} hasOlder={image.hasOlderBuilds} />
          <Revisions name={name} revisions={revisions} />
        </div>
        <section
          aria-label="Definition"
          className="min-w-0 self-start rounded-lg bg-surface-sunken inset-ring inset-ring-line"
        >
          <DefinitionPreview definition={definition} />
        </section>
      </div>
    </>
  );
}

async function findImage(scope: Scope, name: string): Promise<ImageDetail> {
  try {
    return await getImage({ scope, name });
  } catch (error) {
    if (error instanceof NotFoundError) notFound();
    throw error;
  }
}
