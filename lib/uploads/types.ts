import type { Digest } from '#lib/oci/digest.ts';

/** What an operator lets people upload. */
export interface UploadLimits {
  /** Of one file. */
  readonly fileBytesMax: number;
  /** Of all files of a workspace together. */
  readonly workspaceBytesMax: number;
}

/** A file that something needs. */
export interface NeededUpload {
  readonly digest: Digest;
  /** For people. */
  readonly name: string;
}
