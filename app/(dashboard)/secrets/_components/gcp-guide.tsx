import { CodeBlock } from '#app/_components/code-block.tsx';
import { Guide, GuideLink, GuideSteps } from './guide.tsx';
import { KeyTable } from './key-table.tsx';

export interface GcpGuideProps {
  /** As read from the key file; null before. */
  readonly email: string | null;
  readonly projectId: string | null;
}

/** Role and commands, with the account and project of the key file once it was read. */
export function GcpGuide({ email, projectId }: GcpGuideProps) {
  const project = projectId ?? 'PROJECT';
  const member = email ?? `slipway-pull@${project}.iam.gserviceaccount.com`;
  return (
    <Guide
      title="Service account for this secret"
      note={
        <>
          It needs one role: Artifact Registry Reader (<code className="font-mono text-small">{role}</code>),
          on the repository or its project.
        </>
      }
    >
      <GuideSteps>
        <li>Create a service account, or use one that only pulls.</li>
        <li>Give it the role.</li>
        <li>
          <GuideLink href="https://console.cloud.google.com/iam-admin/serviceaccounts">
            Create a JSON key
          </GuideLink>{' '}
          for it, and drop the file here.
        </li>
      </GuideSteps>
      <CodeBlock title="With gcloud" copyLabel="Copy commands" text={commands({ project, member })} />
      <KeyTable type="gcp" />
      <p className="text-small text-ink-3">
        For hosts that end in <code className="font-mono">-docker.pkg.dev</code>, and for{' '}
        <code className="font-mono">gcr.io</code>, which Artifact Registry serves since Container Registry was
        shut down.
      </p>
    </Guide>
  );
}

const role = 'roles/artifactregistry.reader';

function commands({ project, member }: { readonly project: string; readonly member: string }): string {
  return [
    'gcloud artifacts repositories add-iam-policy-binding REPOSITORY \\',
    `  --project=${project} --location=LOCATION \\`,
    `  --member=serviceAccount:${member} \\`,
    `  --role=${role}`,
    '',
    'gcloud iam service-accounts keys create slipway-pull.json \\',
    `  --iam-account=${member}`,
  ].join('\n');
}
