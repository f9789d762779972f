import { z } from 'zod';
import { registryKinds } from '#lib/registries/host-kind.ts';
import type { StepDraft } from '../../../_components/steps/steps-draft.ts';
import type { BuildDraft } from './build-draft.ts';

const rows = z.array(z.object({ id: z.int(), name: z.string(), value: z.string() }));
const upload = z.object({ name: z.string(), file: z.string(), size_bytes: z.number() });
const run = { secrets: z.array(z.string()), isForced: z.boolean() };
const id = z.int();

const stepDraftSchema: z.ZodType<StepDraft> = z.discriminatedUnion('kind', [
  z.object({
    id,
    kind: z.enum(['apt_install', 'pip_install', 'uv_pip_install']),
    packages: z.array(z.string()),
    options: z.object({
      index_url: z.string(),
      extra_index_url: z.string(),
      find_links: z.string(),
      extra_options: z.string(),
    }),
    pre: z.boolean(),
    ...run,
  }),
  z.object({ id, kind: z.literal('run_commands'), text: z.string(), rows, ...run }),
  z.object({
    id,
    kind: z.literal('dockerfile_commands'),
    text: z.string(),
    files: z.array(upload.extend({ mode: z.string() })),
    ...run,
  }),
  z.object({ id, kind: z.enum(['entrypoint', 'cmd']), text: z.string() }),
  z.object({ id, kind: z.literal('env'), rows }),
  z.object({ id, kind: z.literal('workdir'), path: z.string() }),
  z.object({
    id,
    kind: z.literal('add_file'),
    upload: upload.nullable(),
    path: z.string(),
    mode: z.string(),
  }),
]);

/** A draft as the browser kept it, which may be one of an older version of this page. */
export const buildDraftSchema: z.ZodType<BuildDraft> = z.object({
  imageName: z.string().nullable(),
  basedOn: z.int().nullable(),
  source: z.enum(registryKinds),
  text: z.string(),
  platform: z.string(),
  secretName: z.string().nullable(),
  isSecretChosen: z.boolean(),
  python: z.string().nullable(),
  steps: z.array(stepDraftSchema),
});
