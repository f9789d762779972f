import { Guide, GuideLink, GuideSteps } from './guide.tsx';
import { KeyTable } from './key-table.tsx';

export function DockerHubGuide() {
  return (
    <Guide
      title="Access token for this secret"
      note="A token with Read-only permission is enough to pull, and can be revoked by itself. Your account’s password would work too, and would give away all of it."
    >
      <GuideSteps>
        <li>
          Open{' '}
          <GuideLink href="https://app.docker.com/settings/personal-access-tokens">
            Personal access tokens
          </GuideLink>{' '}
          in Docker’s account settings.
        </li>
        <li>Generate a token with the access permission Read-only.</li>
        <li>Paste it here. Docker shows it once.</li>
      </GuideSteps>
      <p className="text-ink-2">
        For a team, an{' '}
        <GuideLink href="https://docs.docker.com/enterprise/security/access-tokens/">
          organization access token
        </GuideLink>{' '}
        (dckr_oat_…) with the repositories to read outlives any one person. Its username is the organization’s
        name.
      </p>
      <KeyTable type="docker_hub" />
      <p className="text-small text-ink-3">
        It goes to <code className="font-mono">docker.io</code> and its token server, to no other host,
        whatever a build asks. More in{' '}
        <GuideLink href="https://docs.docker.com/security/access-tokens/">Docker’s page on tokens</GuideLink>.
      </p>
    </Guide>
  );
}
