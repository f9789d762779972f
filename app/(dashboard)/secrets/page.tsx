import { Plus } from 'lucide-react';
import type { Metadata } from 'next';
import { Button } from '#app/_components/button.tsx';
import { EmptyState } from '#app/_components/empty-state.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { listAllowances, listSecrets } from '#lib/secrets/data.ts';
import { secretTypeSchema } from '#lib/secrets/schema.ts';
import { currentPulls } from '../_components/pulls-left-facts.ts';
import { RefreshWhilePending } from './_components/refresh-while-pending.tsx';
import { SecretFilters } from './_components/secret-filters.tsx';
import { SecretTable } from './_components/secret-table.tsx';

export const metadata: Metadata = { title: 'Secrets' };

export default async function SecretsPage(props: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const scope = await requireScope();
  const { q, type } = await props.searchParams;
  const search = typeof q === 'string' ? q : '';
  const chosen = secretTypeSchema.safeParse(type).data ?? null;
  const [found, allowances] = await Promise.all([listSecrets({ scope, search }), listAllowances({ scope })]);
  const pulls = currentPulls({ allowances, secrets: found, now: new Date() });
  const shown = found.filter((secret) => chosen === null || secret.type === chosen);
  const isEmpty = found.length === 0 && search === '';
  return (
    <>
      <PageHeader
        title="Secrets"
        note={isEmpty ? undefined : <span className="tabular-nums">{found.length}</span>}
        actions={
          <Button variant="primary" href="/secrets/new" icon={<Plus />} shortcut="n">
            New secret
          </Button>
        }
      />
      {isEmpty ? (
        <EmptyState
          title="No secret yet"
          text="A secret holds what a private registry asks for. Save it once, and everybody in the workspace can build from that registry; nobody can read it."
          actions={
            <>
              <Button href="/secrets/new?type=docker_hub">Add a Docker Hub token</Button>
              <Button href="/secrets/new?type=registry">Add another registry</Button>
            </>
          }
        />
      ) : (
        <>
          <p className="mb-0.5 max-w-[78ch] px-6 text-ink-3 max-md:px-4">
            Values are sealed on save and never shown again. A build reads the version that is current when it
            starts.
          </p>
          <SecretFilters search={search} type={chosen} types={found.map((secret) => secret.type)} />
          <SecretTable rows={shown} pulls={pulls} isFiltered={search !== '' || chosen !== null} />
          <RefreshWhilePending isPending={shown.some(({ version }) => version.state === 'pending')} />
        </>
      )}
    </>
  );
}
