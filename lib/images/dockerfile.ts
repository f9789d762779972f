import { formatInstruction, listWords, readDockerfileCommands } from './dockerfile-commands.ts';
import { foldInstruction } from './fold-instruction.ts';
import { type AddPython, type BuiltStep, builtStepsOf, type Definition, type Step } from './schema.ts';
import { quoteWord, splitWords } from './shell-words.ts';

/** Where a step finds the variables of its secrets: a file that exists while the step runs, and in no layer. */
const secretsFile = '/run/secrets/slipway';

/**
 * What a step adds to a Dockerfile: one instruction a line, or none for a step that says nothing. Pure text: the same step gives
 * the same lines, in whatever order its packages were typed.
 */
export function linesOfStep(step: Step, base: PythonOfBase = {}): readonly string[] {
  switch (step.kind) {
    case 'pip_install':
      return runLines(step, pipInstall(step, base));
    case 'uv_pip_install':
      return runLines(step, uvInstall(step, base));
    case 'apt_install':
      return runLines(step, aptInstall(step.packages));
    case 'run_commands':
      return step.commands.map((command) => commandLine(step, command));
    case 'env':
      return Object.entries(step.variables).map(([name, value]) => `ENV ${name}=${quoteValue(value)}`);
    case 'workdir':
      return [`WORKDIR ${quoteValue(step.path)}`];
    case 'entrypoint':
      return [`ENTRYPOINT ${JSON.stringify(step.arguments)}`];
    case 'cmd':
      return [`CMD ${JSON.stringify(step.arguments)}`];
    case 'add_file':
      return [`COPY --chmod=${step.mode} ${copyWords([step.name, step.path])}`];
    case 'dockerfile_commands':
      return dockerfileLines(step);
  }
}

/** What is known of the Python that a step finds. */
export interface PythonOfBase {
  /** It is its distribution's, and installs nothing beside that without being told to: PEP 668. */
  readonly isExternallyManaged?: boolean;
}

/** The whole definition as one Dockerfile, for people: builds run it step by step on the base in the store. */
export function dockerfileOf(definition: Definition, base = definition.reference): string {
  const steps = builtStepsOf(definition)
    .map((step) => previewOfStep(step).map(breakLine))
    .filter(isNotEmpty);
  const { platform } = definition;
  const from = platform === 'linux/amd64' ? `FROM ${base}` : `FROM --platform=${platform} ${base}`;
  return [from, ...steps.map((lines) => lines.join('\n'))].join('\n\n').concat('\n');
}

/** What a step adds to that Dockerfile: for people too, since what brings Python is known only with both images. */
export function previewOfStep(step: BuiltStep): readonly string[] {
  return step.kind === 'add_python' ? addPythonPreview(step) : linesOfStep(step);
}

/** What it becomes depends on both images: which libraries the base lacks, and what is on its PATH. */
function addPythonPreview({ version }: AddPython): readonly string[] {
  return [
    `# Python ${version}, from the image that this server takes it from`,
    'COPY --from=python /usr/local/ /usr/local/',
  ];
}

type RunStep = Extract<Step, { readonly secrets: readonly string[] }>;
type PythonStep = Extract<Step, { readonly kind: 'pip_install' | 'uv_pip_install' }>;

function runLines(step: RunStep, command: string | undefined): readonly string[] {
  return command === undefined ? [] : [runLine(step, command)];
}

function runLine({ secrets }: RunStep, command: string): string {
  return secrets.length === 0 ? `RUN ${command}` : `RUN ${secretMount} ${sourceSecrets(command)}`;
}

/** One of people's own commands. A list of words is run without a shell where nothing needs one. */
function commandLine(step: RunStep, command: string): string {
  const set = Object.entries('env' in step ? step.env : {}).map(
    ([name, value]) => `${name}=${quoteWord(value)}`,
  );
  const needsShell = set.length > 0 || step.secrets.length > 0;
  const words = needsShell ? listWords(command)?.map(quoteWord).join(' ') : undefined;
  const whole = endingCommand(words ?? command);
  return runLine(step, set.length === 0 ? whole : `export ${set.join(' ')} && ${whole}`);
}

/** Buildah would take the next line for a part of a command that ends with a backslash, also with one that means itself. */
function endingCommand(command: string): string {
  return command.endsWith('\\') ? `${command} ;` : command;
}

/** Readable by whatever user the image runs as; nothing but the step sees the file. */
const secretMount = `--mount=type=secret,id=slipway,target=${secretsFile},mode=0444,required=true`;

function sourceSecrets(command: string): string {
  return `set -a && . ${secretsFile} && set +a && ${command}`;
}

function pythonInstall(program: string, step: PythonStep): string | undefined {
  const packages = [...new Set(step.packages)].sort();
  if (packages.length === 0) return undefined;
  const options = [
    ...(step.find_links === undefined ? [] : ['--find-links', step.find_links]),
    ...(step.index_url === undefined ? [] : ['--index-url', step.index_url]),
    ...(step.extra_index_url === undefined ? [] : ['--extra-index-url', step.extra_index_url]),
    ...(step.pre ? ['--pre'] : []),
    ...(splitWords(step.extra_options) ?? []),
  ];
  return [program, ...[...packages, ...options].map(quoteWord)].join(' ');
}

function pipInstall(step: PythonStep, base: PythonOfBase): string | undefined {
  return pythonInstall(`${pip(base)} install`, step);
}

/** uv comes with the image or, by pip, with this step; it is asked for the Python that is on PATH. */
function uvInstall(step: PythonStep, base: PythonOfBase): string | undefined {
  const guard = base.isExternallyManaged ? ' --break-system-packages' : '';
  const install = pythonInstall(
    `uv pip install --python "$(command -v python)" --compile-bytecode${guard}`,
    step,
  );
  return install && `if ! command -v uv > /dev/null; then ${pip(base)} install uv; fi && ${install}`;
}

/** https://peps.python.org/pep-0668/: an image is nobody's desktop, so what its distribution guards may be changed here. */
function pip({ isExternallyManaged = false }: PythonOfBase): string {
  return isExternallyManaged ? 'PIP_BREAK_SYSTEM_PACKAGES=1 python -m pip' : 'python -m pip';
}

function aptInstall(packages: readonly string[]): string | undefined {
  if (packages.length === 0) return undefined;
  const names = [...new Set(packages)].sort().map(quoteWord).join(' ');
  return `apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y ${names} && rm -rf /var/lib/apt/lists/*`;
}

function dockerfileLines(step: Extract<Step, { readonly kind: 'dockerfile_commands' }>): readonly string[] {
  const read = readDockerfileCommands(
    step.commands,
    step.files.map(({ name }) => name),
  );
  // The schema has read them before.
  if ('problem' in read) throw new TypeError(read.problem);
  return read.instructions.map((instruction) =>
    instruction.keyword === 'RUN' ? commandLine(step, instruction.rest) : formatInstruction(instruction),
  );
}

/** As a list where a blank would cut a name in two. */
function copyWords(words: readonly string[]): string {
  return words.some((word) => /[\s[]/.test(word)) ? JSON.stringify(words) : words.join(' ');
}

/** In double quotes, with nothing for the builder to expand. */
export function quoteValue(value: string): string {
  return `"${escapeVariables(value.replace(/["\\]/g, '\\$&'))}"`;
}

function escapeVariables(text: string): string {
  return text.replaceAll('$', '\\$');
}

/** Long lines of a RUN broken between its commands, for reading; what is in quotes stays as it is. */
function breakLine(line: string): string {
  if (line.length <= 100 || !line.startsWith('RUN ')) return foldInstruction(line) ?? line;
  const broken = line.replace(quotedOrAnd, (piece) => (piece === ' && ' ? ' \\\n    && ' : piece));
  return broken
    .split('\n')
    .map((each) => foldInstruction(each) ?? each)
    .join('\n');
}

/** A quote that is not closed goes on to the end. */
const quotedOrAnd = /'[^']*(?:'|$)|"(?:\\.|[^"\\])*(?:"|$)|\\.|\$\{[^}]*\}| && /g;

function isNotEmpty(lines: readonly string[]): boolean {
  return lines.length > 0;
}
