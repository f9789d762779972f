import { Plus } from 'lucide-react';
import type { Metadata } from 'next';
import { Button } from '#app/_components/button.tsx';
import { EmptyState } from '#app/_components/empty-state.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';
import { Age } from '#app/_components/time.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { readStorage } from '#lib/store/read-storage.ts';
import { CollectButton } from './_components/collect-button.tsx';
import { Collections } from './_components/collections.tsx';
import { FollowCollection } from './_components/follow-collection.tsx';
import { ImageTable } from './_components/image-table.tsx';
import { Limits } from './_components/limits.tsx';
import { ServerFigures } from './_components/server-figures.tsx';
import { Sharing } from './_components/sharing.tsx';
import { StoreNotes } from './_components/store-notes.tsx';

export const metadata: Metadata = { title: 'Storage' };

export default async function StoragePage() {
  const scope = await requireScope();
  const { rows, sharing, limits, server } = await readStorage({ scope });
  const [newest] = server?.collections ?? [];
  const measuredAt = server?.facts?.measuredAt;
  return (
    <>
      <PageHeader
        title="Storage"
        note={
          measuredAt === undefined ? undefined : (
            <>
              Measured <Age at={measuredAt} />
            </>
          )
        }
        actions={server !== null && <CollectButton due={server.due} newest={newest ?? null} />}
      />
      <FollowCollection newest={newest ?? null} />
      {server !== null && (
        <>
          <StoreNotes facts={server.facts} newest={newest ?? null} />
          {server.facts !== null && <ServerFigures facts={server.facts} />}
        </>
      )}
      {rows.length === 0 ? (
        <EmptyState
          title="No image in the store yet"
          text="A build leaves its image here, verified. Later builds of this workspace fetch only the layers that are not here."
          actions={
            <Button href="/builds/new" icon={<Plus />}>
              New build
            </Button>
          }
        />
      ) : (
        <div className="grid grid-cols-[minmax(0,1fr)_var(--w-facts)] gap-x-7 border-t border-line max-lg:grid-cols-1">
          <ImageTable rows={rows} />
          <aside
            aria-label="Facts"
            className="grid min-w-0 content-start gap-6 py-5 pr-6 max-lg:grid-cols-[repeat(auto-fit,minmax(240px,1fr))] max-lg:gap-x-7 max-lg:pl-6 max-md:grid-cols-1 max-md:px-4"
          >
            <Sharing sharing={sharing} />
            <Limits limits={limits} due={server?.due ?? null} facts={server?.facts ?? null} />
            {server !== null && <Collections collections={server.collections} />}
          </aside>
        </div>
      )}
    </>
  );
}
