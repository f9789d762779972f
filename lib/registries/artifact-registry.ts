/**
 * The location that a Google host serves (`europe-west1`, `us`, `eu`, …), or undefined for any other host.
 * gcr.io and its three regional names have been Artifact Registry since Container Registry was shut down in
 * March 2025: https://cloud.google.com/artifact-registry/docs/transition/transition-from-gcr
 */
export function locationOfGoogleHost(host: string): string | undefined {
  const lower = host.toLowerCase();
  return packageHost.exec(lower)?.[1] ?? containerHosts.get(lower);
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
