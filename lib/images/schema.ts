import { z } from 'zod';
import { isDigest } from '#lib/oci/digest.ts';
import { isBlankOrComment, readDockerfileCommands } from './dockerfile-commands.ts';
import { hasHereDocument } from './here-document.ts';
import { bytesOf, problemOfSize } from './instruction-size.ts';
import { quoteWord, splitWords } from './shell-words.ts';
import { beginsWithName } from './typed-packages.ts';

// One schema for the form, the JSON file, the action and the command line. Names and meanings of the steps are those of the
// specification: https://modal.com/docs/reference/modal.Image

/** Steps of one image. The longest public recipes have some dozen. */
export const stepsMax = 100;
/** Of a build: its Python comes before all steps. */
export const builtStepsMax = stepsMax + 1;
/** Items of one step: packages, commands, variables. */
const itemsMax = 500;
/** One package, command or value. */
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

/** As chmod(1) takes it. */
const fileMode = z.string().regex(/^0[0-7]{3}$/, 'Enter a mode of four octal digits, such as 0644.');

const stepFileSchema = uploadSchema.extend({
  mode: fileMode
    .default('0644')
    .describe(
      'The permissions that COPY gives it, octal; on the command line 0755 for a file that may be executed.',
    ),
});
/** An upload, and what may be done with it in the image. */
export type StepFile = z.output<typeof stepFileSchema>;

const filePath = absolutePath
  .refine((text) => !text.endsWith('/'), 'Name the file itself, not its folder: /srv/app.py.')
  .refine((text) => !/[$'"`\\]/.test(text), 'Leave out quotes, backslashes and $.');

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

/** Holds what becomes one instruction, quotes included, against the bound of that. */
function bounded<T>(field: string, textOf: (step: T) => string) {
  return (step: T, context: z.RefinementCtx) => {
    const problem = problemOfSize(textOf(step));
    if (problem !== undefined) context.addIssue({ code: 'custom', path: [field], message: problem });
  };
}

const boundedPackages = bounded<{ readonly packages: readonly string[]; readonly extra_options?: string }>(
  'packages',
  ({ packages, extra_options = '' }) => [...packages, extra_options].map(quoteWord).join(' '),
);

const boundedArguments = bounded<{ readonly arguments: readonly string[] }>('arguments', (step) =>
  JSON.stringify(step.arguments),
);

/** A step as rows may keep it: from before a part of a range, alone, was refused as a package. */
const keptStepSchema = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('pip_install'), ...pythonPackages })
    .superRefine(boundedPackages)
    .describe('One `python -m pip install` of all packages.'),
  z
    .strictObject({ kind: z.literal('uv_pip_install'), ...pythonPackages })
    .superRefine(boundedPackages)
    .describe('The same with uv, which is installed first where it is not there.'),
  z
    .strictObject({
      kind: z.literal('apt_install'),
      packages: z.array(packageName).max(itemsMax).describe('Debian packages.'),
      secrets,
      force_build: forceBuild,
    })
    .superRefine(boundedPackages)
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
    .superRefine(
      bounded('commands', ({ commands, env }) => {
        const set = Object.entries(env).map(([name, value]) => `${name}=${quoteWord(value)}`);
        const [longest = ''] = commands.toSorted((a, b) => bytesOf(b) - bytesOf(a));
        return [...set, longest].join(' ');
      }),
    )
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
    .superRefine(boundedArguments)
    .describe('What containers start; empty for nothing.'),
  z
    .strictObject({
      kind: z.literal('cmd'),
      arguments: z.array(argument).max(itemsMax).describe('A command, or arguments of the entrypoint.'),
    })
    .superRefine(boundedArguments)
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
        .array(stepFileSchema)
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

/** A step that is typed or handed over. */
export const stepSchema = keptStepSchema.superRefine(checkPackages);

function checkPackages(step: BuiltStep, context: z.RefinementCtx): void {
  const packages = 'packages' in step ? step.packages : [];
  for (const [index, name] of packages.entries()) {
    if (beginsWithName(name)) continue;
    const message = 'A package begins with its name: write a range as one, such as torch>=2,<3.';
    context.addIssue({ code: 'custom', path: ['packages', index], message });
  }
}

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

function listOf<T extends z.ZodType>(step: T) {
  return z
    .array(step)
    .max(stepsMax, `An image has at most ${stepsMax} steps.`)
    .default([])
    .describe('Run in order on top of the base.');
}

/** A definition as rows may keep it. */
export const keptDefinitionSchema = z.strictObject({
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
  steps: listOf(keptStepSchema),
});

/** What an image is made of. Secrets go by name, as in the specification; builds pin their versions. */
export const definitionSchema = keptDefinitionSchema.extend({ steps: listOf(stepSchema) });
export type Definition = z.output<typeof definitionSchema>;

const addPythonSchema = z.strictObject({ kind: z.literal('add_python'), version: pythonSeries });
export type AddPython = z.output<typeof addPythonSchema>;

/** What builds run, as rows keep it: the steps of a definition, and before them what its own fields mean. */
export const builtStepSchema = z.discriminatedUnion('kind', [addPythonSchema, ...keptStepSchema.options]);
export type BuiltStep = z.output<typeof builtStepSchema>;

/** The steps of a build that is asked for, in order, without those that say nothing. */
export const builtStepsSchema = z
  .array(builtStepSchema.superRefine(checkPackages))
  .max(builtStepsMax, `A build has at most ${stepsMax} steps.`)
  .refine((steps) => steps.every(({ kind }, index) => index === 0 || kind !== 'add_python'), {
    message: 'Python is added before all steps.',
  })
  .transform((steps) => steps.filter(saysSomething));

/** What a build of this definition runs. A step that says nothing is none: its result would be kept by nobody. */
export function builtStepsOf({
  add_python,
  steps,
}: Pick<Definition, 'add_python' | 'steps'>): readonly BuiltStep[] {
  const said = steps.filter(saysSomething);
  return add_python === null ? said : [{ kind: 'add_python', version: add_python }, ...said];
}

/** An empty list of packages changes nothing, nor do lines that are all comments. */
function saysSomething(step: BuiltStep): boolean {
  switch (step.kind) {
    case 'pip_install':
    case 'uv_pip_install':
    case 'apt_install':
      return step.packages.length > 0;
    case 'run_commands':
      return step.commands.length > 0;
    case 'env':
      return Object.keys(step.variables).length > 0;
    case 'dockerfile_commands':
      return step.commands.some((line) => !isBlankOrComment(line));
    default:
      return true;
  }
}

/** The other way round: what a definition says whose builds run these steps. */
export function definedBy(built: readonly BuiltStep[]): Pick<Definition, 'add_python' | 'steps'> {
  const python = built.find((step) => step.kind === 'add_python');
  const steps = built.filter((step) => step.kind !== 'add_python');
  return { add_python: python?.version ?? null, steps };
}

/** The files that a step puts into the image, or may. */
export function filesOf(step: BuiltStep): readonly StepFile[] {
  if (step.kind !== 'add_file') return step.kind === 'dockerfile_commands' ? step.files : [];
  const { name, file, size_bytes, mode } = step;
  return [{ name, file, size_bytes, mode }];
}
