import type { Metadata } from 'next';
import { PageHeader } from '#app/_components/page-header.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { listAllowances, listSecrets } from '#lib/secrets/data.ts';
import type { SecretRow } from '#lib/secrets/types.ts';
import { currentPulls } from '../../_components/pulls-left-facts.ts';
import { sourceNamedBy } from '../../_components/read-reference.ts';
import type { SecretChoice } from './_components/build-draft.ts';
import { NewBuildForm } from './_components/new-build-form.tsx';
import { defaultPlatform } from './_components/platforms.ts';

export const metadata: Metadata = { title: 'New build · Slipway' };

export default async function NewBuildPage(props: {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}) {
  const scope = await requireScope();
  const query = await props.searchParams;
  const [rows, allowances] = await Promise.all([listSecrets({ scope }), listAllowances({ scope })]);
  const secrets = rows.flatMap(choiceOf);
  const text = textOf(query.reference);
  const secret = secrets.find(({ name }) => name === query.secret);
  return (
    <>
      <PageHeader crumbs={[{ label: 'Builds', href: '/' }]} title="New build" />
      <NewBuildForm
        secrets={secrets}
        pulls={currentPulls({ allowances, secrets, now: new Date() })}
        isSecretChosen={secret !== undefined}
        start={{
          text,
          source: sourceNamedBy(text) ?? secret?.type ?? 'docker_hub',
          platform: textOf(query.platform) || defaultPlatform,
          secretName: secret?.name ?? null,
        }}
      />
    </>
  );
}

/** Custom secrets are for build steps: they are bound to no registry. */
function choiceOf({ type, version, ...secret }: SecretRow): SecretChoice[] {
  if (type === 'custom') return [];
  const { id, name, host, repositories, lastUsedAt } = secret;
  const { number, state } = version;
  return [{ id, name, type, host, repositories, lastUsedAt, version: number, state }];
}

function textOf(parameter: string | string[] | undefined): string {
  return typeof parameter === 'string' ? parameter.slice(0, 1000) : '';
}
