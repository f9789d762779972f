import type { Digest } from '#lib/oci/digest.ts';
import type { CollectionReason } from './schema.ts';

/** What a blob is to an image. */
export type BlobKind = 'index' | 'manifest' | 'config' | 'layer';

/** One blob that an image needs. */
export interface ImageBlob {
  readonly digest: Digest;
  readonly kind: BlobKind;
  /** Of a layer: its place from the base upwards, from 0, where it comes first. 0 for the others. */
  readonly position: number;
  readonly sizeBytes: number;
}

/** An image and all that it needs. */
export interface RecordedImage {
  /** Of its manifest. */
  readonly digest: Digest;
  readonly blobs: readonly ImageBlob[];
}

/** An image that a build needs. */
export interface HeldImage extends RecordedImage {
  /** Whole and normalised, of an image that is neither the build's base nor made from it. */
  readonly reference?: string | undefined;
}

/** How much a store may hold and for how long. Null is no limit. */
export interface StoreLimits {
  readonly bytesMax: number | null;
  /** Days since the last build that needed an image. */
  readonly daysMax: number | null;
}

/** Why an image goes: unused for too long, the store too large, a pull that would not fit, or it was begun before. */
export type Due = 'age' | 'size' | 'room' | 'begun';

/** What a collection took away. */
export interface CollectionTally {
  readonly images: number;
  readonly blobs: number;
  /** Partial downloads that nobody went on with. */
  readonly partials: number;
  readonly freedBytes: number;
}

/** A collection as the storage page tells of it. */
export interface CollectionRow extends CollectionTally {
  readonly id: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly reason: CollectionReason;
  readonly requestedBy: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
  /** When failed: what and why, in one sentence each. */
  readonly failure: { readonly what: string; readonly why: string; readonly next: string } | null;
}

/** The whole disk folder as a worker measured it: the server's own facts, for owners. */
export interface StoreFacts {
  readonly layerBytes: number;
  /** Indexes, manifests and configs. */
  readonly documentBytes: number;
  /** Blobs of no known image. */
  readonly looseBytes: number;
  readonly blobs: number;
  readonly partialBytes: number;
  readonly partials: number;
  readonly oldestPartialAt: string | null;
  readonly diskBytes: number;
  readonly freeBytes: number;
  readonly limits: StoreLimits;
  readonly measuredAt: string;
  /** When a collection ran last, whether it found anything or not. */
  readonly collectedAt: string | null;
}

/** A layer of an image, and how many images of the workspace in the store have it. */
interface StoredLayer {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly images: number;
}

/** An image that steps made from the base that its reference names. */
export interface MadeImage {
  /** What its build came to, or what a step before the last one made. */
  readonly kind: 'result' | 'step';
  /** The image whose build it was; null for a build of its own. */
  readonly imageName: string | null;
}

/** An image of the workspace that the store holds. */
export interface StoredImageRow {
  readonly digest: string;
  /** The reference under which it was built last; and how many others there are. */
  readonly reference: string;
  readonly otherReferences: number;
  readonly buildNumber: number;
  /** Null for an image as its registry has it. */
  readonly made: MadeImage | null;
  readonly usedAt: string;
  readonly sizeBytes: number;
  /** Of these, bytes that no other image of the workspace has. */
  readonly ownBytes: number;
  readonly layers: readonly StoredLayer[];
  /** A build needs it now. */
  readonly isHeld: boolean;
  /** Why the next collection removes it; null when it stays. */
  readonly due: Due | null;
}

/** What sharing saves a workspace. */
export interface SharingFacts {
  readonly images: number;
  readonly repositories: number;
  /** As if each image had its layers for itself. */
  readonly apartBytes: number;
  /** As they lie in the store: each blob once. */
  readonly storedBytes: number;
  readonly builds: number;
  /** By the builds of these images. */
  readonly fetchedBytes: number;
  readonly reusedBytes: number;
}

/** What the next collection would take from the whole store. */
export interface DueFacts {
  readonly images: number;
  readonly freedBytes: number;
}
