import type { FoundEngine } from './engine.ts';

/** What the operator wants. */
export interface EngineWish {
  readonly choice: 'auto' | 'buildah' | 'buildkit' | 'none';
  readonly builder: BuilderSettings;
  readonly searchPath: string;
}

/** Where a builder is, as the operator says. Null: not said. */
interface BuilderSettings {
  /** BUILDKIT_HOST */
  readonly buildkitHost: string | null;
  /** DOCKER_HOST */
  readonly dockerHost: string | null;
  /** The name of one of buildx's builders. */
  readonly name: string | null;
  /** Where buildx keeps their descriptions. */
  readonly folder: string;
  /** With ca.pem, cert.pem and key.pem. */
  readonly certificates: string | null;
  readonly kubeConfig: string | null;
  /** Whether steps may run whatever isolation it gives. */
  readonly isTrusted: boolean;
}

/** An engine, or why there is none and what to do. */
export type EngineAnswer =
  | { readonly engine: FoundEngine; readonly why?: undefined }
  | { readonly engine: null; readonly why: string; readonly next: string };
