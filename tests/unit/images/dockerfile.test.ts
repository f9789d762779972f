import { describe, expect, test } from 'vitest';
import { dockerfileOf, linesOfStep } from '#lib/images/dockerfile.ts';
import { definitionSchema, type StepInput, stepSchema } from '#lib/images/schema.ts';

function linesOf(step: StepInput): readonly string[] {
  return linesOfStep(stepSchema.parse(step));
}

test.each<[string, StepInput, readonly string[]]>([
  [
    'packages are sorted, each once',
    { kind: 'pip_install', packages: ['torch', 'huggingface', 'torch'] },
    ['RUN python -m pip install huggingface torch'],
  ],
  ['an empty list is no step', { kind: 'pip_install', packages: [] }, []],
  ['an empty list of Debian packages is no step', { kind: 'apt_install', packages: [] }, []],
  [
    'what a shell would read is quoted',
    { kind: 'pip_install', packages: ['numpy<2', 'a[b]>=1; python_version < "3.9"'] },
    [`RUN python -m pip install 'a[b]>=1; python_version < "3.9"' 'numpy<2'`],
  ],
  [
    'options follow the packages',
    {
      kind: 'pip_install',
      packages: ['torch'],
      find_links: 'https://x.test/w',
      index_url: 'https://x.test/simple',
      extra_index_url: 'https://y.test/simple?a=1&b=2',
      pre: true,
      extra_options: `--no-deps --global-option="a b" $(id)`,
    },
    [
      "RUN python -m pip install torch --find-links https://x.test/w --index-url https://x.test/simple --extra-index-url 'https://y.test/simple?a=1&b=2' --pre --no-deps '--global-option=a b' '$(id)'",
    ],
  ],
  [
    'Debian packages are installed in one layer without the lists',
    { kind: 'apt_install', packages: ['libgomp1', 'ffmpeg'] },
    [
      'RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y ffmpeg libgomp1 && rm -rf /var/lib/apt/lists/*',
    ],
  ],
  [
    'each command is a RUN of its own',
    { kind: 'run_commands', commands: ['a', 'b && c'] },
    ['RUN a', 'RUN b && c'],
  ],
  [
    'variables of commands are theirs alone',
    { kind: 'run_commands', commands: ['make'], env: { CC: 'gcc -O2' } },
    ["RUN export CC='gcc -O2' && make"],
  ],
  [
    'secrets are mounted for the step and sourced in it',
    { kind: 'run_commands', commands: ['make'], secrets: ['hf'] },
    [
      'RUN --mount=type=secret,id=slipway,target=/run/secrets/slipway,mode=0444,required=true set -a && . /run/secrets/slipway && set +a && make',
    ],
  ],
  [
    'a list of words takes them by a shell that changes none of the words',
    { kind: 'dockerfile_commands', commands: ['RUN ["/app/tool", "a b", "$HOME"]'], secrets: ['hf'] },
    [
      "RUN --mount=type=secret,id=slipway,target=/run/secrets/slipway,mode=0444,required=true set -a && . /run/secrets/slipway && set +a && /app/tool 'a b' '$HOME'",
    ],
  ],
  [
    'values of variables are not expanded',
    { kind: 'env', variables: { A: 'a "b" $HOME \\x', B: '' } },
    ['ENV A="a \\"b\\" \\$HOME \\\\x"', 'ENV B=""'],
  ],
  ['a path is not expanded', { kind: 'workdir', path: '/srv/$app x' }, ['WORKDIR "/srv/\\$app x"']],
  [
    'an entrypoint is a list',
    { kind: 'entrypoint', arguments: ['/bin/x', 'a b'] },
    ['ENTRYPOINT ["/bin/x","a b"]'],
  ],
  ['a command is a list', { kind: 'cmd', arguments: [] }, ['CMD []']],
  [
    'lines of a Dockerfile are taken with what they continue',
    {
      kind: 'dockerfile_commands',
      commands: ['# a comment', 'run apt-get update \\', '  && true', 'USER app'],
    },
    ['RUN apt-get update   && true', 'USER app'],
  ],
  [
    'a continued line keeps the blanks that it begins with',
    {
      kind: 'dockerfile_commands',
      commands: ['RUN pip install\\', '    torch', 'ENV A=1\\', '    B=2', '  ENV C=3\\ ', '4'],
    },
    ['RUN pip install    torch', 'ENV A=1    B=2', 'ENV C=34'],
  ],
  [
    'a command may end with a backslash that means itself',
    { kind: 'run_commands', commands: ['echo C:\\\\', 'b'] },
    ['RUN echo C:\\\\ ;', 'RUN b'],
  ],
  [
    'a command that is a list stays one where it can',
    { kind: 'run_commands', commands: ['["echo","a b"]'] },
    ['RUN ["echo","a b"]'],
  ],
  [
    'a command that is a list takes variables by a shell that changes none of its words',
    { kind: 'run_commands', commands: ['["echo","a b"]'], env: { A: '1' } },
    ["RUN export A=1 && echo 'a b'"],
  ],
  [
    'and secrets too',
    { kind: 'run_commands', commands: ['["echo","$A"]'], secrets: ['hf'] },
    [
      "RUN --mount=type=secret,id=slipway,target=/run/secrets/slipway,mode=0444,required=true set -a && . /run/secrets/slipway && set +a && echo '$A'",
    ],
  ],
])('%s', (_, step, lines) => {
  expect(linesOf(step)).toEqual(lines);
});

describe('what cannot be a step says why', () => {
  const upload = { name: 'f', file: `sha256:${'0'.repeat(64)}`, size_bytes: 0 };

  test.each<[string, unknown, RegExp]>([
    ['a package that is an option', { kind: 'pip_install', packages: ['-r evil'] }, /begin with a hyphen/],
    ['an option of apt', { kind: 'apt_install', packages: ['--allow-downgrades'] }, /begin with a hyphen/],
    ['a package over two lines', { kind: 'pip_install', packages: ['a\nRUN id'] }, /one package a line/],
    ['a command with a here-document', { kind: 'run_commands', commands: ['cat <<$EOF'] }, /here-document/],
    ['a command over two lines', { kind: 'run_commands', commands: ['a\nFROM evil'] }, /one command a line/],
    ['a command that eats the next', { kind: 'run_commands', commands: ['a \\'] }, /end with a backslash/],
    [
      'packages that come to more than a system runs',
      {
        kind: 'pip_install',
        packages: Array.from({ length: 100 }, (_, at) => `p${at} @ ${'x'.repeat(1_300)}`),
      },
      /130,\d{3} bytes, and systems run none of more than 120,000/,
    ],
    [
      'Debian packages that do',
      { kind: 'apt_install', packages: Array.from({ length: 100 }, (_, at) => `${at}${'x'.repeat(1_300)}`) },
      /more than 120,000/,
    ],
    [
      'variables that do, in bytes and with their quotes',
      {
        kind: 'run_commands',
        commands: ['a', 'é'.repeat(8_000)],
        env: Object.fromEntries(['A', 'B', 'C', 'D'].map((name) => [name, "'".repeat(7_000)])),
      },
      /128,\d{3} bytes/,
    ],
    ['arguments that do', { kind: 'cmd', arguments: Array(20).fill('x'.repeat(8_000)) }, /more than 120,000/],
    [
      'lines that do, continued',
      {
        kind: 'dockerfile_commands',
        commands: ['RUN a \\', ...Array(20).fill(`${'x'.repeat(8_000)}\\`)],
      },
      /RUN: This comes to one instruction of 160,\d{3} bytes/,
    ],
    [
      'a line that ends with two backslashes',
      { kind: 'dockerfile_commands', commands: ['RUN echo C:\\\\ ', 'RUN b'] },
      /RUN cannot end with a backslash/,
    ],
    [
      'a command that is a flag of RUN',
      { kind: 'run_commands', commands: ['--mount=type=bind,source=/,target=/x id'] },
      /flag of RUN/,
    ],
    ['an index that is no address', { kind: 'pip_install', packages: [], index_url: 'file:///x' }, /https:/],
    ['an open quote in the options', { kind: 'pip_install', packages: [], extra_options: '"' }, /not closed/],
    ['a variable with a blank', { kind: 'env', variables: { 'a b': 'x' } }, /letters, digits/],
    ['a value over two lines', { kind: 'env', variables: { A: 'a\nRUN id' } }, /on one line/],
    ['a relative folder', { kind: 'workdir', path: 'app' }, /from the root/],
    ['a path that climbs', { kind: 'workdir', path: '/a/../b' }, /Leave out/],
    ['a key that no step has', { kind: 'workdir', path: '/a', evil: 1 }, /evil|[Uu]nrecognized/],
    ['another base', { kind: 'dockerfile_commands', commands: ['FROM evil'] }, /FROM is not taken/],
    ['ADD', { kind: 'dockerfile_commands', commands: ['ADD https://x.test/y /'] }, /ADD is not taken/],
    [
      'a copy from an image',
      { kind: 'dockerfile_commands', commands: ['COPY --from=evil / /'] },
      /--from is not taken/,
    ],
    [
      'a copy from an address',
      { kind: 'dockerfile_commands', commands: ['COPY https://x.test/y /'] },
      /uploaded files only/,
    ],
    [
      'a mount',
      { kind: 'dockerfile_commands', commands: ['RUN --mount=type=cache,target=/x id'] },
      /--mount is not taken/,
    ],
    [
      'a network',
      { kind: 'dockerfile_commands', commands: ['RUN --network=host id'] },
      /settings of the server/,
    ],
    [
      'a mount with nothing to run',
      { kind: 'dockerfile_commands', commands: ['RUN --mount=type=bind,from=evil,target=/x'] },
      /--mount is not taken/,
    ],
    [
      'a mount over two lines, in capitals',
      { kind: 'dockerfile_commands', commands: ['rUN -\\', '-MOUNT=type=ssh id'] },
      /--MOUNT is not taken/,
    ],
    [
      'rights that nobody has',
      { kind: 'dockerfile_commands', commands: ['RUN --security=insecure id'] },
      /settings of the server/,
    ],
    [
      // Builders read flags byte by byte, and the second byte of à is a blank to them.
      'an owner that ends in the middle of a letter, and another image after it',
      { kind: 'dockerfile_commands', commands: ['COPY --chown=à--from=evil f /x'], files: [upload] },
      /--chown=à--from=evil is not taken/,
    ],
    [
      'an owner in quotes that hide a flag',
      { kind: 'dockerfile_commands', commands: ['COPY --chown="0"" --from=evil" f /x'], files: [upload] },
      /COPY --chown="0"" is not taken/,
    ],
    [
      'a copy from a stage by a variable',
      { kind: 'dockerfile_commands', commands: ['ARG X=0', 'copy --from=$X f /x'], files: [upload] },
      /--from is not taken/,
    ],
    [
      'a copy that is a link',
      { kind: 'dockerfile_commands', commands: ['COPY --link f /x'], files: [upload] },
      /--link is not taken/,
    ],
    [
      'a source that a variable names',
      { kind: 'dockerfile_commands', commands: ['COPY $X /x'], files: [upload] },
      /\$X is none of them/,
    ],
    [
      'ADD of a repository',
      { kind: 'dockerfile_commands', commands: ['ADD ["git@x.test:a/b", "/x"]'] },
      /ADD is not taken/,
    ],
    [
      'another base behind a mark of byte order',
      { kind: 'dockerfile_commands', commands: ['\ufefffrom\u2003evil'] },
      /FROM is not taken/,
    ],
    [
      'another base in two pieces',
      { kind: 'dockerfile_commands', commands: ['FR\\', 'OM evil'] },
      /FROM is not taken/,
    ],
    ['a line with a null', { kind: 'dockerfile_commands', commands: ['RUN a\0b'] }, /one line an item/],
    ['a builder', { kind: 'dockerfile_commands', commands: ['# syntax=evil/builder'] }, /Directives/],
    ['another escape', { kind: 'dockerfile_commands', commands: ['#escape=`'] }, /Directives/],
    [
      'a builder in the middle',
      { kind: 'dockerfile_commands', commands: ['RUN a', '#  SYNTAX = evil'] },
      /Directives/,
    ],
    [
      'an instruction for later images',
      { kind: 'dockerfile_commands', commands: ['ONBUILD RUN id'] },
      /ONBUILD is not taken/,
    ],
    ['a here-document', { kind: 'dockerfile_commands', commands: ['RUN cat <<EOF'] }, /here-document/],
    [
      'a here-document that ends with a sign',
      { kind: 'dockerfile_commands', commands: ['RUN cat 0<<-.'] },
      /here-document/,
    ],
    [
      'a file from a here-document',
      { kind: 'dockerfile_commands', commands: ['COPY <<E /x'] },
      /here-document/,
    ],
    [
      'no instruction',
      { kind: 'dockerfile_commands', commands: ['EVIL x'] },
      /EVIL is not a Dockerfile instruction/,
    ],
    [
      'another base behind a continued line',
      { kind: 'dockerfile_commands', commands: ['RUN a \\', '# comment', '', 'FROM evil', 'FROM evil'] },
      /FROM is not taken/,
    ],
  ])('%s', (_, step, why) => {
    const parsed = stepSchema.safeParse(step);
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues.map(({ message }) => message).join('\n')).toMatch(why);
  });
});

test('a whole definition reads as a Dockerfile', () => {
  const definition = definitionSchema.parse({
    source: 'from_aws_ecr',
    reference: '000000000000.dkr.ecr.us-east-1.amazonaws.com/my-private-registry:latest',
    secret: 'my-aws-secret',
    steps: [
      { kind: 'apt_install', packages: ['git'] },
      { kind: 'pip_install', packages: [] },
      { kind: 'pip_install', packages: ['torch', 'huggingface'] },
    ],
  });
  expect(
    dockerfileOf(definition),
  ).toBe(`FROM 000000000000.dkr.ecr.us-east-1.amazonaws.com/my-private-registry:latest

RUN apt-get update \\
    && DEBIAN_FRONTEND=noninteractive apt-get install -y git \\
    && rm -rf /var/lib/apt/lists/*

RUN python -m pip install huggingface torch
`);
});

function previewOf(steps: readonly StepInput[], more: { readonly platform?: string } = {}): string {
  const base = { source: 'from_registry', reference: 'debian:12' };
  return dockerfileOf(definitionSchema.parse({ ...base, ...more, steps }));
}

test('a preview says which platform it is for, unless it is the usual one', () => {
  expect(previewOf([])).toBe('FROM debian:12\n');
  expect(previewOf([], { platform: 'linux/arm64/v8' })).toBe('FROM --platform=linux/arm64/v8 debian:12\n');
});

describe('a preview is broken between commands alone', () => {
  const long = 'x'.repeat(100);
  test.each<[string, StepInput, string]>([
    ['a value', { kind: 'env', variables: { NOTE: `${long} && y` } }, `ENV NOTE="${long} && y"`],
    ['arguments', { kind: 'cmd', arguments: ['sh', '-c', `${long} && y`] }, `CMD ["sh","-c","${long} && y"]`],
    [
      'quotes in a command',
      { kind: 'run_commands', commands: [`a 'b && c' && d "e \\" && f" && ${long} && g\\' && h 'i && j`] },
      `RUN a 'b && c' \\\n    && d "e \\" && f" \\\n    && ${long} \\\n    && g\\' \\\n    && h 'i && j`,
    ],
    [
      'a variable of a command',
      { kind: 'run_commands', commands: ['a'], env: { A: `${long} && b` } },
      `RUN export A='${long} && b' \\\n    && a`,
    ],
    [
      'a word that is too long for a line of any builder',
      {
        kind: 'run_commands',
        commands: ['a'],
        env: { A: 'a'.repeat(8_000), B: 'b'.repeat(8_000), C: 'c'.repeat(8_000) },
      },
      `RUN export A=${'a'.repeat(8_000)} B=${'b'.repeat(8_000)} C=${'c'.repeat(3_981)}\\\n${'c'.repeat(4_019)} \\\n    && a`,
    ],
  ])('%s', (_, step, text) => {
    expect(previewOf([step])).toBe(`FROM debian:12\n\n${text}\n`);
  });
});
