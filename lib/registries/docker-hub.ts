/** The one host that Docker Hub has in normalised references, and that its secrets are bound to. */
export const dockerHubHost = 'docker.io';

/** Whether the host is Docker Hub under any of the names that reach the same registry and accounts. */
export function isDockerHubHost(host: string): boolean {
  return aliases.has(host.toLowerCase());
}

const aliases: ReadonlySet<string> = new Set([dockerHubHost, 'index.docker.io', 'registry-1.docker.io']);
