import type { Metadata } from 'next';
import { PageHeader } from '#app/_components/page-header.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { getSealingKey } from '#lib/secrets/data.ts';
import { secretTypeSchema } from '#lib/secrets/schema.ts';
import { SecretForm } from '../_components/secret-form.tsx';

export const metadata: Metadata = { title: 'New secret' };

export default async function NewSecretPage(props: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const scope = await requireScope();
  const [sealingKey, { type, host }] = await Promise.all([getSealingKey(), props.searchParams]);
  const chosen = secretTypeSchema.catch('docker_hub').parse(type);
  return (
    <>
      <PageHeader crumbs={[{ label: 'Secrets', href: '/secrets' }]} title="New secret" />
      <SecretForm
        sealingKey={sealingKey}
        workspaceId={scope.workspaceId}
        start={{
          type: chosen,
          facts: chosen === 'registry' && typeof host === 'string' ? { REGISTRY_HOST: host } : {},
        }}
        replaced={null}
      />
    </>
  );
}
