import { isPublicEcrHost } from './ecr.ts';
import { kindOfHost, type RegistryKind, registryKindNames } from './host-kind.ts';

/** A host as typed, brought into the form that references carry; `problem` says what to do where it cannot be. */
export type TypedHost =
  | { readonly host: string; readonly note: string | undefined }
  | { readonly problem: string };

/**
 * Reads the host of any registry without a type of its own, as `host[:port]` in lower case. What surely was meant is
 * mended and noted: a scheme and a path that were pasted along. Hosts with a type of their own are sent there.
 */
export function readRegistryHost(text: string): TypedHost {
  const typed = text.trim();
  if (typed === '') return { problem: 'Enter the host of the registry, such as ghcr.io.' };
  const withoutScheme = typed.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  if (withoutScheme.split('/')[0]?.includes('@')) {
    return { problem: 'Leave out what stands before the @: the username has a field of its own.' };
  }
  const [first = '', ...path] = withoutScheme.split(/[/?#]/);
  const host = first.toLowerCase();
  const problem = problemOf(host);
  if (problem !== undefined) return { problem };
  return {
    host,
    note: noteOf({ host, isHttp: /^http:/i.test(typed), hasPath: path.some((part) => part !== '') }),
  };
}

/** A name with a dot, localhost, or an address, and perhaps a port: what a reference takes for a host. */
const hostShape =
  /^(?:(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\[[0-9a-f:]*:[0-9a-f:]*\])(?::([0-9]{1,5}))?$/;

/** Longest name that DNS knows, and a port. */
const hostCharactersMax = 253 + 6;

const elsewhere: Readonly<Record<Exclude<RegistryKind, 'registry'>, string>> = {
  docker_hub: 'This is Docker Hub',
  aws: 'This is an ECR registry',
  gcp: 'This is a Google registry',
};

function problemOf(host: string): string | undefined {
  if (host === 'hub.docker.com' || host === 'registry.hub.docker.com')
    return `This is Docker Hub: choose the type Docker Hub.`;
  if (isPublicEcrHost(host)) return `Images on ${host} are public: build from them without a secret.`;
  const kind = kindOfHost(host);
  if (kind !== 'registry') return `${elsewhere[kind]}: choose the type ${registryKindNames[kind]}.`;
  if (/[^\x20-\x7e]/.test(host)) return 'Enter the host in ASCII; a name in another script begins with xn--.';
  const match = host.length <= hostCharactersMax ? hostShape.exec(host) : null;
  if (match === null) return 'Enter the host alone, such as ghcr.io or registry.example.com:5000.';
  const port = match[1];
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535))
    return 'Enter a port from 1 to 65535.';
  if (host.includes('.') || host.includes(':') || host === 'localhost') return undefined;
  return `Enter the whole host name with its dots, such as ${host}.example.com: in a reference, ${host}/… is a repository on Docker Hub.`;
}

function noteOf(facts: {
  readonly host: string;
  readonly isHttp: boolean;
  readonly hasPath: boolean;
}): string | undefined {
  const { host, isHttp, hasPath } = facts;
  if (isHttp)
    return 'Slipway uses https unless registries.json on the server allows plain http for this host.';
  if (hasPath) return `Only the host counts: this secret is for every repository on ${host}.`;
  return undefined;
}
