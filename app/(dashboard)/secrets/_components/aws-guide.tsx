'use client';

import { useState } from 'react';
import { CopyButton } from '#app/_components/copy-button.tsx';
import { Tabs } from '#app/_components/tabs.tsx';
import { accountOfRole, iamPolicy, type PolicyKind, parseRepositories } from '#lib/registries/iam-policy.ts';
import { Guide, GuideLink, GuideSteps } from './guide.tsx';
import { PolicyCode } from './policy-code.tsx';

export interface AwsGuideProps {
  readonly region: string;
  /** The key assumes a role, and the role pulls. */
  readonly isRole: boolean;
  /** As typed so far. */
  readonly roleArn: string;
  readonly repositories: string;
}

/** The policy that the key's owner, or the role, needs. Follows region and repositories as they are typed. */
export function AwsGuide({ region, isRole, roleArn, repositories }: AwsGuideProps) {
  const [kind, setKind] = useState<PolicyKind>('full');
  const target = parseRepositories(repositories);
  const policy = iamPolicy({
    kind,
    region: target.region ?? (region === '' ? null : region),
    accountId: target.accountId ?? accountOfRole(roleArn),
    paths: target.paths,
  });
  const panel = <PolicyCode text={policy} />;
  return (
    <Guide title="IAM policy for this secret" note={notes[kind]}>
      <div className="overflow-hidden rounded-md bg-surface-raised inset-ring inset-ring-line">
        <Tabs
          label="Policy"
          value={kind}
          onValueChange={(value) => setKind(value === 'pull' ? 'pull' : 'full')}
          tabs={[
            { value: 'full', label: 'Full read-only', panel },
            { value: 'pull', label: 'Pull only', panel },
          ]}
          end={<CopyButton label="Copy policy" text={policy} isLabelled />}
        />
      </div>
      {isRole ? <RoleSteps roleArn={roleArn} /> : <KeySteps />}
      <p className="text-small text-ink-3">
        For private images. Those on <code className="font-mono">public.ecr.aws</code> need no secret.
      </p>
    </Guide>
  );
}

const notes: Readonly<Record<PolicyKind, string>> = {
  full: 'Every read that Slipway may ask for, later checks included. Follows the region and repositories you enter.',
  pull: 'The least it needs to pull. Follows the region and repositories you enter.',
};

function KeySteps() {
  return (
    <GuideSteps>
      <li>Create an IAM user with no console access.</li>
      <li>Attach this policy to it.</li>
      <li>
        <GuideLink href="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html">
          Create an access key
        </GuideLink>
        , and paste both halves here.
      </li>
    </GuideSteps>
  );
}

function RoleSteps({ roleArn }: { roleArn: string }) {
  return (
    <GuideSteps>
      <li>Attach this policy to the role.</li>
      <li>
        Name the key’s user in the role’s trust policy, with the external ID as its condition when you use
        one.
      </li>
      <li>
        Allow that user <code className="font-mono text-small">sts:AssumeRole</code> on{' '}
        {roleArn === '' ? 'the role' : <code className="font-mono text-small wrap-anywhere">{roleArn}</code>}.
      </li>
      <li>Create an access key for the user, and paste both halves here.</li>
    </GuideSteps>
  );
}
