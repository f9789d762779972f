import { z } from 'zod';
import { clip } from '#lib/errors/clip.ts';
import { jsonOf } from '#lib/oci/json.ts';

/** What a build needs to know of an image's config. https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md */
export interface ImageConfig {
  readonly os: string | null;
  readonly architecture: string | null;
  readonly variant: string | null;
  readonly diffIds: readonly string[];
  /** For each layer the command that made it, where the history says; whole, see `shownCommand`. */
  readonly createdBy: readonly (string | undefined)[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `NAME=value` each. */
  readonly env: readonly string[];
  /** Empty where the config does not say: the root. */
  readonly workingDir: string;
  /** Instructions for images made from it: Docker's, unknown to OCI. */
  readonly onBuild: readonly string[];
}

/** Null when the bytes are no config. */
export function readImageConfig(bytes: Uint8Array): ImageConfig | null {
  const parsed = configSchema.safeParse(jsonOf(bytes));
  if (!parsed.success) return null;
  const { os, architecture, variant, rootfs, history, config } = parsed.data;
  return {
    os: os ?? null,
    architecture: architecture ?? null,
    variant: variant ?? null,
    diffIds: rootfs.diff_ids,
    createdBy: (history ?? []).filter((entry) => entry.empty_layer !== true).map((entry) => entry.created_by),
    entrypoint: config?.Entrypoint ?? [],
    command: config?.Cmd ?? [],
    env: config?.Env ?? [],
    workingDir: config?.WorkingDir ?? '',
    onBuild: config?.OnBuild ?? [],
  };
}

const configSchema = z.object({
  os: z.string().optional(),
  architecture: z.string().optional(),
  variant: z.string().optional(),
  rootfs: z.object({
    diff_ids: z
      .array(z.string())
      .nullable()
      .transform((ids) => ids ?? []),
  }),
  history: z
    .array(z.object({ created_by: z.string().optional(), empty_layer: z.boolean().optional() }))
    .nullish(),
  config: z
    .object({
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      Env: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      OnBuild: z.array(z.string()).nullish(),
    })
    .nullish(),
});

/** A page shows the beginning; a heredoc of a thousand lines would travel with each view. */
const createdByMax = 240;

/**
 * A layer's command for people, without what BuildKit and the old builder wrap around it. Built elsewhere, it may hold values that are
 * secret here; they are taken out of all of it before it is cut.
 */
export function shownCommand(createdBy: string, clean: (text: string) => string): string {
  const plain = clean(createdBy)
    // First of all: the patterns below take time by the square of a text that is made for it.
    .slice(0, 4 * createdByMax)
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^\/bin\/sh -c /, 'RUN ')
    .replace(/^RUN \/bin\/sh -c /, 'RUN ')
    .replace(/\s*# buildkit$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return clip(plain, createdByMax);
}
