import type { Metadata } from 'next';
import { requireScope } from '#lib/auth/session.ts';
import { countBuilds, listBuilds } from '#lib/builds/data.ts';
import { listAllowances, listSecrets } from '#lib/secrets/data.ts';
import { currentPulls } from '../_components/pulls-left-facts.ts';
import { historyPageRows, queryOf, readFilter } from './_components/history-filter.ts';
import { HistoryScreen } from './_components/history-screen.tsx';

export const metadata: Metadata = { title: 'Builds' };

export default async function HistoryPage(props: {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}) {
  const scope = await requireScope();
  const filter = readFilter(await props.searchParams);
  const [page, counts, allowances, secrets] = await Promise.all([
    listBuilds({ scope, ...queryOf(filter), limit: historyPageRows }),
    countBuilds({ scope }),
    listAllowances({ scope }),
    listSecrets({ scope }),
  ]);
  const now = new Date();
  return (
    <HistoryScreen
      page={{ ...page, counts }}
      filter={filter}
      pulls={currentPulls({ allowances, secrets, now })}
      hasSecrets={secrets.length > 0}
      renderedAt={now.toISOString()}
    />
  );
}
