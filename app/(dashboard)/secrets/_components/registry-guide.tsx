import { Guide, GuideLink } from './guide.tsx';
import { KeyTable } from './key-table.tsx';

/** Where the username and the password come from, at the registries that people use. */
export function RegistryGuide({ host }: { host: string }) {
  const known = registries.find((registry) => registry.isAt(host));
  return (
    <Guide
      title="Sign-in for this secret"
      note="Any registry that speaks the Docker or OCI protocol. A token or robot account that can only read is safer than a person’s password."
    >
      <dl className="grid gap-3">
        {(known ? [known] : registries).map((registry) => (
          <div key={registry.name}>
            <dt className="font-medium">
              {registry.name}{' '}
              <code className="font-mono text-small font-regular text-ink-3">{registry.host}</code>
            </dt>
            <dd className="text-ink-2">
              {registry.text} <GuideLink href={registry.href}>{registry.linkText}</GuideLink>
            </dd>
          </div>
        ))}
      </dl>
      <KeyTable type="registry" />
      <p className="text-small text-ink-3">
        {host === '' ? 'Username and password go' : <code className="font-mono">{host}</code>}
        {host === '' ? ' to the host you enter' : ' gets username and password'}, and no other host does,
        whatever a build asks.
      </p>
    </Guide>
  );
}

interface KnownRegistry {
  readonly name: string;
  readonly host: string;
  readonly isAt: (host: string) => boolean;
  readonly text: string;
  readonly linkText: string;
  readonly href: string;
}

const registries: readonly KnownRegistry[] = [
  {
    name: 'GitHub',
    host: 'ghcr.io',
    isAt: (host) => host === 'ghcr.io',
    text: 'Your GitHub user name, and a personal access token (classic) with the scope read:packages.',
    linkText: 'Tokens (classic)',
    href: 'https://github.com/settings/tokens',
  },
  {
    name: 'GitLab',
    host: 'registry.gitlab.com',
    isAt: (host) => host.includes('gitlab'),
    text: 'Name and token of a deploy token with the scope read_registry.',
    linkText: 'Deploy tokens',
    href: 'https://docs.gitlab.com/user/project/deploy_tokens/',
  },
  {
    name: 'Quay',
    host: 'quay.io',
    isAt: (host) => host.includes('quay'),
    text: 'A robot account with Read on the repository: its name is organisation+robot.',
    linkText: 'Robot accounts',
    href: 'https://docs.quay.io/glossary/robot-accounts.html',
  },
  {
    name: 'Harbor',
    host: 'your own host',
    isAt: (host) => host.includes('harbor'),
    text: 'A robot account with Pull Repository. Its name begins with robot$.',
    linkText: 'Robot accounts',
    href: 'https://goharbor.io/docs/latest/working-with-projects/project-configuration/create-robot-accounts/',
  },
  {
    name: 'Azure',
    host: 'NAME.azurecr.io',
    isAt: (host) => host.endsWith('.azurecr.io') || host.endsWith('.azurecr.cn'),
    text: 'A token with the scope map _repositories_pull, or the id and password of a service principal with the role AcrPull.',
    linkText: 'Repository tokens',
    href: 'https://learn.microsoft.com/azure/container-registry/container-registry-token-based-authentication',
  },
];
