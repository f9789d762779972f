import type { Cleaner } from '#lib/log/redact.ts';
import type { Clouds } from '#lib/registries/clouds.ts';
import type { OpenedSecret } from '#lib/secrets/types.ts';
import type { Connect } from '../connect.ts';
import type { StepsWork } from '../steps/steps-work.ts';
import type { StoreKeeper } from '../store-keeper.ts';
import type { ContentsKeeper } from './describe-image.ts';
import type { StoredOptions } from './serve-stored.ts';

/** All that a build touches; it reaches for nothing by itself. */
export interface RunBuildOptions extends StoredOptions {
  readonly reference: string;
  readonly secret: (OpenedSecret & { readonly name: string; readonly version: number }) | null;
  /** How the build came to this secret, or to none. */
  readonly secretWhy: string | null;
  /** Makes the clients through which all of this build's requests go. */
  readonly connect: Connect;
  readonly keeper: StoreKeeper;
  readonly contents: ContentsKeeper;
  /** How passwords for the registries of clouds are minted. */
  readonly clouds: Clouds;
  /** Called with every sensitive value that a cloud hands out, before it is used: for redaction. */
  readonly onMinted: (value: string) => void;
  /** Takes sensitive values out of what steps print, where it comes in pieces. What else is told, `emit` cleans. */
  readonly clean: Cleaner;
  /** What is done with the image once it is here; null for a plain pull. */
  readonly steps: StepsWork | null;
  readonly signal: AbortSignal;
}
