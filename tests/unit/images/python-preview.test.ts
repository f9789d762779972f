import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { pythonOf } from '#lib/images/python-preview.ts';
import { definitionSchema } from '#lib/images/schema.ts';

test('the specification’s example reads as it is written there', () => {
  const definition = definitionSchema.parse({
    source: 'from_aws_ecr',
    reference: '000000000000.dkr.ecr.us-east-1.amazonaws.com/my-private-registry:latest',
    secret: 'my-aws-secret',
    steps: [{ kind: 'pip_install', packages: ['torch', 'huggingface'] }],
  });
  expect(pythonOf(definition)).toBe(`from slipway import Image, Secret

image = (
    Image.from_aws_ecr(
        "000000000000.dkr.ecr.us-east-1.amazonaws.com/my-private-registry:latest",
        secret=Secret.from_name("my-aws-secret"),
    )
    .pip_install("huggingface", "torch")
)
`);
});

test('every kind of step is valid Python', () => {
  const definition = definitionSchema.parse({
    source: 'from_registry',
    reference: 'python:3.13',
    steps: [
      {
        kind: 'uv_pip_install',
        packages: ['a', `b; python_version < "3.9"`],
        index_url: 'https://x.test/simple',
        find_links: '/wheels',
        pre: true,
        extra_options: '--no-deps',
        secrets: ['hf'],
        force_build: true,
      },
      { kind: 'apt_install', packages: ['git'] },
      { kind: 'run_commands', commands: ['echo "a" \'b\' \\n é', 'true'], env: { A: '1' } },
      { kind: 'env', variables: { A: 'x' } },
      { kind: 'workdir', path: '/srv' },
      { kind: 'entrypoint', arguments: ['/x'] },
      { kind: 'cmd', arguments: [] },
      { kind: 'dockerfile_commands', commands: ['USER app'] },
    ],
  });
  const checked = spawnSync('python3', ['-c', 'import ast,sys; ast.parse(sys.stdin.read())'], {
    input: pythonOf(definition),
    encoding: 'utf8',
  });
  expect(checked.stderr).toBe('');
});

test('it says which platform it is for, unless it is the usual one', () => {
  const of = (platform: string) =>
    pythonOf(definitionSchema.parse({ source: 'from_registry', reference: 'debian:12', platform }));
  expect(of('linux/amd64')).not.toContain('#');
  expect(of('linux/arm64')).toContain('\n# For linux/arm64\nimage = (');
});
