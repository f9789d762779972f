import { z } from 'zod';
import { isDigest } from '#lib/oci/digest.ts';
import { readDockerfileCommands } from './dockerfile-commands.ts';
import { hasHereDocument } from './here-document.ts';
import { splitWords } from './shell-words.ts';

// One schema for the form, the JSON file, the action and the command line. Names and meanings of the steps are those of the
// specification: https://modal.com/docs/reference/modal.Image

/** Steps of one image. The longest public recipes have some dozen. */
export const stepsMax = 100;
/** Of a build: its Python comes before all steps. */
export const builtStepsMax = stepsMax + 1;
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
  )
  .refine(
    (text) => !hasHereDocument(text),
    'A command cannot have a here-document: there is no line for its text. Add a file, and read that.',
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

const secrets = z
  .array(z.string().min(1).max(63))
  .max(20)
  .default([])
  .describe('Names of custom secrets, whose values the step finds as environment variables. Later ones win.');
const forceBuild = z
  .boolean()
  .default(false)
  .describe('Runs the step, and all after it, even if a cached result would do.');

const pythonPackages = {
  packages: z.array(packageName).max(itemsMax).describe('Requirements, one each: torch, numpy<2.'),
  find_links: line('address or path').optional().describe('Where wheels are looked for beside the index.'),
  index_url: address.optional().describe('The package index; PyPI if absent.'),
  extra_index_url: address.optional().describe('A package index beside the first.'),
  pre: z.boolean().default(false).describe('Takes pre-releases.'),
  extra_options: shellOptions.default('').describe('Further options of the installer, as in a shell.'),
  secrets,
  force_build: forceBuild,
};

/**
 * What people call a file, which is what COPY names it by: a path below the folder of the definition. What a Dockerfile or a shell
 * would read in it is refused, so that a name always means itself.
 */
const uploadName = z
  .string()
  .min(1, 'Name the file.')
  .max(255, 'Shorten the name of the file to 255 characters.')
  .regex(/^[^-/]/, 'The name of a file cannot begin with a hyphen or a slash.')
  .regex(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
    /^[^\0-\x1f\x7f$*?[\]\\'"`]+$/,
    'The name of a file cannot hold quotes, backslashes or any of $ * ? [ ].',
  )
  .refine(
    (name) => name.split('/').every((part) => !['', '.', '..'].includes(part)),
    'The name of a file is a path without “.”, “..” and empty parts.',
  );

/** A file of the workspace's uploads, by what it is. */
const uploadFields = {
  name: uploadName.describe('The file’s name; on the command line, its path from the folder of this file.'),
  file: z
    .string()
    .refine(
      (text) => text.startsWith('sha256:') && isDigest(text),
      'Enter sha256: and 64 hexadecimal digits.',
    )
    .meta({ pattern: '^sha256:[0-9a-f]{64}$' })
    .describe('The digest of its content. Uploads are known by it, within their workspace.'),
  size_bytes: z.int().min(0).describe('Bytes of its content.'),
};
const uploadSchema = z.strictObject(uploadFields);
export type Upload = z.output<typeof uploadSchema>;

const filePath = absolutePath
  .refine((text) => !text.endsWith('/'), 'Name the file itself, not its folder: /srv/app.py.')
  .refine((text) => !/[$'"`\\]/.test(text), 'Leave out quotes, backslashes and $.');

/** As chmod(1) takes it. */
const fileMode = z.string().regex(/^0[0-7]{3}$/, 'Enter a mode of four octal digits, such as 0644.');

/** A name that shells and Dockerfiles take for a variable. */
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'Use letters, digits and underscores only, and begin with no digit.')
  .max(255);

const variableValue = z
  .string()
  .max(textMax)
  .refine((text) => !/[\r\n\0]/.test(text), 'Write the value on one line.');

/** Of what is started; one a line in forms, so it is something. */
const argument = variableValue.min(1, 'An argument cannot be empty.');

const variables = z.record(variableName, variableValue, {
  error: (issue) => (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined),
});

export const stepSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('pip_install'), ...pythonPackages })
    .describe('One `python -m pip install` of all packages.'),
  z
    .strictObject({ kind: z.literal('uv_pip_install'), ...pythonPackages })
    .describe('The same with uv, which is installed first where it is not there.'),
  z
    .strictObject({
      kind: z.literal('apt_install'),
      packages: z.array(packageName).max(itemsMax).describe('Debian packages.'),
      secrets,
      force_build: forceBuild,
    })
    .describe('apt-get update and install.'),
  z
    .strictObject({
      kind: z.literal('run_commands'),
      commands: z.array(command).max(itemsMax).describe('Shell commands, one RUN each.'),
      env: variables
        .default({})
        .describe('For these commands alone; they leave nothing in the image’s environment.'),
      secrets,
      force_build: forceBuild,
    })
    .describe('Runs commands.'),
  z
    .strictObject({ kind: z.literal('env'), variables: variables.describe('Names and their values.') })
    .describe('Sets variables of the image’s environment.'),
  z
    .strictObject({ kind: z.literal('workdir'), path: absolutePath.describe('A path from the root.') })
    .describe('Where later commands, and containers, begin.'),
  z
    .strictObject({
      kind: z.literal('entrypoint'),
      arguments: z.array(argument).max(itemsMax).describe('The program and its arguments.'),
    })
    .describe('What containers start; empty for nothing.'),
  z
    .strictObject({
      kind: z.literal('cmd'),
      arguments: z.array(argument).max(itemsMax).describe('A command, or arguments of the entrypoint.'),
    })
    .describe('What containers run where nothing else is said.'),
  z
    .strictObject({
      kind: z.literal('add_file'),
      path: filePath.describe('Where the file lies in the image.'),
      ...uploadFields,
      mode: fileMode.default('0644').describe('Its permissions, octal.'),
    })
    .describe('Puts an uploaded file into the image, owned by root.'),
  z
    .strictObject({
      kind: z.literal('dockerfile_commands'),
      commands: z
        .array(
          z
            .string()
            .max(textMax)
            .refine((text) => !/[\r\n\0]/.test(text), 'Write one line an item.'),
        )
        .max(itemsMax)
        .describe('Lines of a Dockerfile. What would fetch by itself is refused by name.'),
      files: z
        .array(uploadSchema)
        .max(itemsMax)
        .default([])
        .describe('Uploaded files that COPY may name, and nothing else.'),
      secrets,
      force_build: forceBuild,
    })
    .superRefine(({ commands, files }, context) => {
      const names = files.map(({ name }) => name);
      const clash = names.find((name, index) =>
        names.some((other, at) => at !== index && contains(other, name)),
      );
      if (clash !== undefined) {
        const message = `Two files of the step are in each other’s way: ${clash}.`;
        context.addIssue({ code: 'custom', path: ['files'], message });
      }
      const read = readDockerfileCommands(commands, names);
      if ('problem' in read) context.addIssue({ code: 'custom', path: ['commands'], message: read.problem });
    })
    .describe('Goes on with lines of a Dockerfile.'),
]);

/** Whether a name is that of another, or of a folder on the way to it. */
function contains(name: string, folder: string): boolean {
  return name === folder || name.startsWith(`${folder}/`);
}

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

/** A series of Python, of which the newest release is taken. */
const pythonSeries = z.string().regex(/^3\.(?:[89]|[1-9]\d)$/, 'Enter a series of Python, such as 3.12.');

/** What an image is made of. Secrets go by name, as in the specification; builds pin their versions. */
export const definitionSchema = z.strictObject({
  version: z.literal(1).default(1).describe('The version of this format.'),
  source: sourceSchema.describe('How the base is pulled: as its registry’s host wants it.'),
  reference: z.string().trim().min(1).max(1_000).describe('The base: host/repository:tag or @sha256:….'),
  secret: z
    .string()
    .min(1)
    .max(63)
    .nullable()
    .default(null)
    .describe('The name of the secret that opens the base’s registry; null for a public base.'),
  platform: z.string().trim().min(1).max(200).default('linux/amd64').describe('os/architecture[/variant].'),
  add_python: pythonSeries
    .nullable()
    .default(null)
    .describe(
      'Puts this Python into the image before the steps, from an image that the server’s operator sets.',
    ),
  steps: z
    .array(stepSchema)
    .max(stepsMax, `An image has at most ${stepsMax} steps.`)
    .default([])
    .describe('Run in order on top of the base.'),
});
export type Definition = z.output<typeof definitionSchema>;

const addPythonSchema = z.strictObject({ kind: z.literal('add_python'), version: pythonSeries });
export type AddPython = z.output<typeof addPythonSchema>;

/** What builds run: the steps of a definition, and before them what its own fields mean. */
export const builtStepSchema = z.discriminatedUnion('kind', [addPythonSchema, ...stepSchema.options]);
export type BuiltStep = z.output<typeof builtStepSchema>;

/** The steps of a build, in order. */
export const builtStepsSchema = z
  .array(builtStepSchema)
  .max(builtStepsMax)
  .refine((steps) => steps.every(({ kind }, index) => index === 0 || kind !== 'add_python'), {
    message: 'Python is added before all steps.',
  });

/** What a build of this definition runs. */
export function builtStepsOf({
  add_python,
  steps,
}: Pick<Definition, 'add_python' | 'steps'>): readonly BuiltStep[] {
  return add_python === null ? steps : [{ kind: 'add_python', version: add_python }, ...steps];
}

/** The files that a step puts into the image, or may. */
export function uploadsOf(step: BuiltStep): readonly Upload[] {
  if (step.kind === 'add_file') return [{ name: step.name, file: step.file, size_bytes: step.size_bytes }];
  return step.kind === 'dockerfile_commands' ? step.files : [];
}
