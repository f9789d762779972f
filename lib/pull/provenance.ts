import type { Digest } from '#lib/oci/digest.ts';

/** What a workspace was given before, by one host in one repository. */
export interface Provenance {
  /** Those of these blobs that the host already delivered, or confirmed, to this workspace in this repository. */
  known(digests: readonly Digest[]): Promise<ReadonlySet<Digest>>;
}

/** Of a layout that belongs to whoever runs the command: everything in it is theirs. */
export const ownLayout: Provenance = { known: async (digests) => new Set(digests) };
