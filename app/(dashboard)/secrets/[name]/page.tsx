import type { Metadata } from 'next';
import { Button } from '#app/_components/button.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { listAllowances } from '#lib/secrets/data.ts';
import { currentPulls } from '../../_components/pulls-left-facts.ts';
import { CheckResult } from '../_components/check-result.tsx';
import { RefreshWhilePending } from '../_components/refresh-while-pending.tsx';
import { findSecret } from '../find-secret.ts';
import { Repositories } from './_components/repositories.tsx';
import { SecretActions } from './_components/secret-actions.tsx';
import { SecretFacts } from './_components/secret-facts.tsx';
import { SecretTest } from './_components/secret-test.tsx';
import { UsedBy } from './_components/used-by.tsx';
import { Values } from './_components/values.tsx';
import { Versions } from './_components/versions.tsx';

interface Props {
  readonly params: Promise<{ name: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${(await params).name} · Secrets` };
}

export default async function SecretPage({ params }: Props) {
  const scope = await requireScope();
  const secret = await findSecret({ scope, name: (await params).name });
  const { version } = secret;
  const pulls = currentPulls({
    allowances: await listAllowances({ scope }),
    secrets: [secret],
    now: new Date(),
  });
  const canPull = secret.type !== 'custom' && version.state !== 'refused';
  return (
    <>
      <PageHeader
        crumbs={[{ label: 'Secrets', href: '/secrets' }]}
        title={secret.name}
        actions={
          canPull && (
            <Button variant="primary" href={`/builds/new?secret=${secret.name}`}>
              <span>
                New build<span className="max-md:sr-only"> with this secret</span>
              </span>
            </Button>
          )
        }
      />
      <RefreshWhilePending isPending={version.state === 'pending'} />
      <div className="grid grid-cols-[minmax(0,1fr)_var(--w-facts)] gap-7 border-line border-t px-6 py-5 max-lg:grid-cols-1 max-md:px-4">
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-7">
          <div className="flex flex-wrap items-start justify-between gap-3">
            <CheckResult version={version} />
            <SecretActions
              secret={{ id: secret.id, name: secret.name, versionCount: secret.version.number }}
            />
          </div>
          {secret.type !== 'custom' && (
            <>
              <SecretTest
                name={secret.name}
                type={secret.type}
                versionId={version.id}
                isRefused={version.state === 'refused'}
                reference={secret.usedBy[0]?.reference ?? ''}
              />
              <Repositories
                id={secret.id}
                type={secret.type}
                host={secret.host}
                saved={secret.repositories}
              />
            </>
          )}
          <Values secret={secret} />
          <Versions versions={secret.versions} />
          <UsedBy builds={secret.usedBy} />
        </div>
        <SecretFacts secret={secret} pulls={pulls.filter(({ secretId }) => secretId === secret.id)} />
      </div>
    </>
  );
}
