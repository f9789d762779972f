import { Plus } from 'lucide-react';
import type { Metadata } from 'next';
import { Button } from '#app/_components/button.tsx';
import { EmptyState } from '#app/_components/empty-state.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { listImages } from '#lib/images/data.ts';
import { FollowImages } from '../_components/follow-images.tsx';
import { ImageTable } from './_components/image-table.tsx';

export const metadata: Metadata = { title: 'Images' };

export default async function ImagesPage() {
  const scope = await requireScope();
  const images = await listImages({ scope });
  const shown = images.map(({ name, lastBuild }) => [name, lastBuild === null ? [] : [lastBuild]]);
  return (
    <>
      <FollowImages shown={Object.fromEntries(shown)} />
      <PageHeader
        title="Images"
        note={images.length === 0 ? undefined : <span className="tabular-nums">{images.length}</span>}
        actions={
          <Button variant="primary" href="/builds/new?image=" icon={<Plus />}>
            New image
          </Button>
        }
      />
      {images.length === 0 ? (
        <EmptyState
          title="No image yet"
          text="An image is a base and a chain of steps under a name. Save it once, and anybody in the workspace builds it again with one click; steps that did not change are not run again."
          actions={<Button href="/builds/new?image=">Define an image</Button>}
        />
      ) : (
        <ImageTable images={images} />
      )}
    </>
  );
}
