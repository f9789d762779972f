import { z } from 'zod';
import { readDockerfileCommands } from './dockerfile-commands.ts';
import { splitWords } from './shell-words.ts';

// One schema for the form, the JSON file, the action and the command line. Names and meanings of the steps are those of the
// specification: https://modal.com/docs/reference/modal.Image

/** Steps of one image. The longest public recipes have some dozen. */
export const stepsMax = 100;
/** Items of one step: packages, commands, variables. */
const itemsMax = 500;
/** One package, command or value. A line of a Dockerfile is bounded at 65,535 bytes by its readers. */
const textMax = 8_192;

/** One line, with something in it. What a shell or a Dockerfile would read as two lines is never one item. */
function line(noun: string) {
  return z
    .string()
    .trim()
    .min(1, `Enter a ${noun}.`)
    .max(textMax, `Shorten this to ${textMax} characters.`)
    .refine((text) => !/[\r\n\0]/.test(text), `Write one ${noun} a line.`);
}

const packageName = line('package').refine(
  (name) => !name.startsWith('-'),
  'A package cannot begin with a hyphen: options have fields of their own.',
);

const command = line('command')
  .refine(
    (text) => !text.startsWith('--'),
    'A command cannot begin with two hyphens: it would be read as a flag of RUN.',
  )
  .refine(
    (text) => !/(?:^|[^\\])(?:\\\\)*\\$/.test(text),
    'A command cannot end with a backslash: the next one would become part of it.',
  );

const address = line('address').refine(
  (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
  'Enter an address that begins with https:// or http://.',
);

const absolutePath = line('path')
  .refine((text) => text.startsWith('/'), 'Enter a path from the root, such as /srv/app.')
  .refine((text) => !text.split('/').includes('..'), 'Leave out “..”.');

const shellOptions = z
  .string()
  .trim()
  .max(textMax)
  .refine((text) => !/[\r\n\0]/.test(text), 'Write the options on one line.')
  .refine((text) => splitWords(text) !== undefined, 'A quote in the options is not closed.');

/** Names of custom secrets, whose values a step finds as environment variables. Later ones win. */
const secrets = z.array(z.string().min(1).max(63)).max(20).default([]);
/** Runs the step, and all after it, even if a cached result would do. */
const forceBuild = z.boolean().default(false);

const pythonPackages = {
  packages: z.array(packageName).max(itemsMax),
  index_url: address.optional(),
  extra_index_url: address.optional(),
  pre: z.boolean().default(false),
  extra_options: shellOptions.default(''),
  secrets,
  force_build: forceBuild,
};

/** A name that shells and Dockerfiles take for a variable. */
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'Use letters, digits and underscores only, and begin with no digit.')
  .max(255);

const variableValue = z
  .string()
  .max(textMax)
  .refine((text) => !/[\r\n\0]/.test(text), 'Write the value on one line.');

const variables = z.record(variableName, variableValue, {
  error: (issue) => (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined),
});

export const stepSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('pip_install'),
    ...pythonPackages,
    find_links: line('address or path').optional(),
  }),
  z.strictObject({
    kind: z.literal('uv_pip_install'),
    ...pythonPackages,
    find_links: line('address or path').optional(),
  }),
  z.strictObject({
    kind: z.literal('apt_install'),
    packages: z.array(packageName).max(itemsMax),
    secrets,
    force_build: forceBuild,
  }),
  z.strictObject({
    kind: z.literal('run_commands'),
    commands: z.array(command).max(itemsMax),
    /** For these commands alone; they leave nothing in the image's environment. */
    env: variables.default({}),
    secrets,
    force_build: forceBuild,
  }),
  z.strictObject({ kind: z.literal('env'), variables }),
  z.strictObject({ kind: z.literal('workdir'), path: absolutePath }),
  z.strictObject({ kind: z.literal('entrypoint'), arguments: z.array(variableValue).max(itemsMax) }),
  z.strictObject({ kind: z.literal('cmd'), arguments: z.array(variableValue).max(itemsMax) }),
  z.strictObject({
    kind: z.literal('dockerfile_commands'),
    commands: z
      .array(z.string().max(textMax))
      .max(itemsMax)
      .superRefine((commands, context) => {
        const read = readDockerfileCommands(commands);
        if ('problem' in read) context.addIssue({ code: 'custom', message: read.problem });
      }),
    secrets,
    force_build: forceBuild,
  }),
]);
export type Step = z.output<typeof stepSchema>;
export type StepInput = z.input<typeof stepSchema>;
export type StepKind = Step['kind'];

/** What people and addresses call an image by. */
export const imageNameSchema = z
  .string()
  .min(1, 'Enter a name, such as ml-train.')
  .max(63, 'Shorten the name to 63 characters.')
  .regex(/^[a-z0-9-]*$/, 'Use lower case letters, digits and hyphens only.')
  .regex(/^(?!-).*(?<!-)$/, 'Begin and end the name with a letter or digit.');

const sourceSchema = z.enum(['from_registry', 'from_aws_ecr', 'from_gcp_artifact_registry']);
export type ImageSource = z.infer<typeof sourceSchema>;

/** What an image is made of. Secrets go by name, as in the specification; builds pin their versions. */
export const definitionSchema = z.strictObject({
  version: z.literal(1).default(1),
  source: sourceSchema,
  reference: z.string().trim().min(1).max(1_000),
  /** Null for a public base. */
  secret: z.string().min(1).max(63).nullable().default(null),
  platform: z.string().trim().min(1).max(200).default('linux/amd64'),
  steps: z.array(stepSchema).max(stepsMax, `An image has at most ${stepsMax} steps.`).default([]),
});
export type Definition = z.output<typeof definitionSchema>;
