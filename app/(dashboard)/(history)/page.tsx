import type { Metadata } from 'next';
import { requireScope } from '#lib/auth/session.ts';
import { countBuilds, listBuilds } from '#lib/builds/data.ts';
import { listSecrets } from '#lib/secrets/data.ts';
import { historyPageRows, readFilter, stateOf } from './_components/history-filter.ts';
import { HistoryScreen } from './_components/history-screen.tsx';

export const metadata: Metadata = { title: 'Builds · Slipway' };

export default async function HistoryPage(props: {
  readonly searchParams: Promise<{ readonly status?: string | string[]; readonly q?: string | string[] }>;
}) {
  const scope = await requireScope();
  const filter = readFilter(await props.searchParams);
  const [page, counts] = await Promise.all([
    listBuilds({ scope, status: stateOf(filter), text: filter.text, limit: historyPageRows }),
    countBuilds({ scope }),
  ]);
  const hasSecrets = counts.all > 0 || (await listSecrets({ scope })).length > 0;
  return (
    <HistoryScreen
      page={{ ...page, counts }}
      filter={filter}
      hasSecrets={hasSecrets}
      renderedAt={new Date().toISOString()}
    />
  );
}
