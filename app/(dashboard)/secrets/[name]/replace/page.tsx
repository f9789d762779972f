import type { Metadata } from 'next';
import { PageHeader } from '#app/_components/page-header.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { getSealingKey } from '#lib/secrets/data.ts';
import { SecretForm } from '../../_components/secret-form.tsx';
import { findSecret } from '../../find-secret.ts';

export const metadata: Metadata = { title: 'Replace values' };

export default async function ReplaceValuesPage(props: { readonly params: Promise<{ name: string }> }) {
  const scope = await requireScope();
  const { name } = await props.params;
  const [secret, sealingKey] = await Promise.all([findSecret({ scope, name }), getSealingKey()]);
  return (
    <>
      <PageHeader
        crumbs={[
          { label: 'Secrets', href: '/secrets' },
          { label: secret.name, href: `/secrets/${secret.name}` },
        ]}
        title="Replace values"
        note={`Makes version ${secret.version.number + 1}. Builds that start from then on use it.`}
      />
      <SecretForm
        sealingKey={sealingKey}
        workspaceId={scope.workspaceId}
        start={{
          type: secret.type,
          name: secret.name,
          keys: secret.version.keys,
          facts: secret.version.facts,
        }}
        replaced={{
          id: secret.id,
          repositories: secret.repositories,
          lastReference: secret.usedBy[0]?.reference ?? '',
        }}
      />
    </>
  );
}
