/**
 * The location that a Google host serves (`europe-west1`, `us`, `eu`, …), or undefined for any other host.
 * gcr.io and its three regional names have been Artifact Registry since Container Registry was shut down in
 * March 2025: https://cloud.google.com/artifact-registry/docs/transition/transition-from-gcr
 */
export function locationOfGoogleHost(host: string): string | undefined {
  const lower = host.toLowerCase();
  return packageHost.exec(lower)?.[1] ?? containerHosts.get(lower);
}

/** A repository of Artifact Registry, as its console and gcloud name it. */
export interface GoogleRepository {
  readonly project: string;
  readonly location: string;
  readonly repository: string;
}

/**
 * Where an image of a Google host lies; undefined for other hosts, and where the path names no repository. A path begins with
 * the project, of which one that belongs to a domain takes two parts (`example.com/app` is `example.com:app`). On gcr.io hosts
 * the repository is called as the host.
 * https://cloud.google.com/artifact-registry/docs/docker/names and
 * https://cloud.google.com/artifact-registry/docs/transition/gcr-repositories
 */
export function googleRepositoryOf(place: {
  readonly registry: string;
  readonly repository?: string | undefined;
}): GoogleRepository | undefined {
  const { registry, repository: path = '' } = place;
  const location = locationOfGoogleHost(registry);
  if (location === undefined) return undefined;
  const parts = path.split('/');
  const project = parts[0]?.includes('.') ? parts.splice(0, 2).join(':') : parts.shift();
  const repository = packageHost.test(registry.toLowerCase()) ? parts.shift() : registry.toLowerCase();
  // What is left is the image.
  if (!project || !repository || parts.length === 0) return undefined;
  return { project, location, repository };
}

export function isArtifactRegistryHost(host: string): boolean {
  return locationOfGoogleHost(host) !== undefined;
}

/** https://cloud.google.com/artifact-registry/docs/docker/names */
const packageHost = /^([a-z]+(?:-[a-z]+[0-9]*)*)-docker\.pkg\.dev$/;

/** gcr.io itself is served from the United States. */
const containerHosts: ReadonlyMap<string, string> = new Map([
  ['gcr.io', 'us'],
  ['us.gcr.io', 'us'],
  ['eu.gcr.io', 'europe'],
  ['asia.gcr.io', 'asia'],
]);
