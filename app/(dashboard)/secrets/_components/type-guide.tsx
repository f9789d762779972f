'use client';

import { AwsGuide } from './aws-guide.tsx';
import type { DraftCheck } from './check-draft.ts';
import { CustomGuide } from './custom-guide.tsx';
import { DockerHubGuide } from './docker-hub-guide.tsx';
import { type FormDraft, typedValue } from './form-draft.ts';
import { GcpGuide } from './gcp-guide.tsx';
import { RegistryGuide } from './registry-guide.tsx';

/** The pane for the chosen type. It follows what is typed. */
export function TypeGuide(props: {
  readonly draft: FormDraft;
  readonly check: DraftCheck;
  /** Patterns. */
  readonly repositories: readonly string[];
}) {
  const { draft, check, repositories } = props;
  const { facts, host } = check.checked;
  switch (draft.type) {
    case 'docker_hub':
      return <DockerHubGuide />;
    case 'aws':
      return (
        <AwsGuide
          region={typedValue(draft, 'AWS_REGION')}
          roleArn={draft.awsSignIn === 'role' ? typedValue(draft, 'AWS_ROLE_ARN') : ''}
          isRole={draft.awsSignIn === 'role'}
          repositories={repositories.join(' ')}
        />
      );
    case 'gcp':
      return <GcpGuide email={facts.client_email ?? null} projectId={facts.project_id ?? null} />;
    case 'registry':
      return <RegistryGuide host={host ?? ''} />;
    case 'custom':
      return <CustomGuide />;
  }
}
