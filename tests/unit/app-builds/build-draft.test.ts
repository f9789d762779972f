import { describe, expect, it } from 'vitest';
import { readReference, sourceNamedBy } from '#app/(dashboard)/_components/read-reference.ts';
import {
  baseOf,
  draftOf,
  outsidePatterns,
  proposalFor,
  type SecretChoice,
  secretProblem,
  sourceAfter,
  standingOf,
} from '#app/(dashboard)/builds/new/_components/build-draft.ts';
import { buildDraftSchema } from '#app/(dashboard)/builds/new/_components/kept-draft.ts';
import { platformOptions } from '#app/(dashboard)/builds/new/_components/platforms.ts';
import { pythonOptions } from '#app/(dashboard)/builds/new/_components/pythons.ts';
import { secretOptions } from '#app/(dashboard)/builds/new/_components/secret-options.tsx';
import { definitionSchema } from '#lib/images/schema.ts';

const ecrHost = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const ghcr: SecretChoice = {
  id: '1',
  name: 'ghcr',
  type: 'registry',
  host: 'ghcr.io',
  repositories: [],
  lastUsedAt: null,
  version: 1,
  state: 'accepted',
};
const hub: SecretChoice = { ...ghcr, name: 'hub', type: 'docker_hub', host: 'docker.io' };
const ecr: SecretChoice = { ...ghcr, name: 'ecr', type: 'aws', host: '*.dkr.ecr.*.amazonaws.com' };

describe('reading a reference', () => {
  it.each([
    ['python', 'docker_hub', 'docker.io/library/python:latest'],
    ['  team/app:1.4  ', 'docker_hub', 'docker.io/team/app:1.4'],
    ['ghcr.io/team/app', 'registry', 'ghcr.io/team/app:latest'],
    ['localhost:5000/app:1', 'registry', 'localhost:5000/app:1'],
    [`${ecrHost}/ml/app:1`, 'aws', `${ecrHost}/ml/app:1`],
    ['europe-docker.pkg.dev/p/r/app:1', 'gcp', 'europe-docker.pkg.dev/p/r/app:1'],
  ] as const)('makes %s of %s whole', (text, source, whole) => {
    expect(readReference(text, source)).toMatchObject({ state: 'read', whole, kind: source });
  });

  it.each([
    ['team/app:1', 'aws', /Without a host in front this is an image on Docker Hub/],
    ['ghcr.io/team/app:1', 'aws', /ghcr\.io is not AWS ECR\. Choose Other registry for it/],
    [`${ecrHost}/ml/app:1`, 'registry', /is not another registry\. Choose AWS ECR for it/],
    ['Team/App', 'docker_hub', /./],
    ['app:', 'docker_hub', /colon/],
    ['app@sha256:123', 'docker_hub', /digest/],
  ] as const)('says what is wrong with %s as %s', (text, source, problem) => {
    const read = readReference(text, source);
    expect(read.state).toBe('problem');
    expect(read.state === 'problem' && read.problem).toMatch(problem);
  });

  it('is silent about nothing', () => {
    expect(readReference('  ', 'aws')).toEqual({ state: 'empty' });
  });
});

describe('the source that a text names', () => {
  it.each([
    ['ghcr.io/team/app', 'registry'],
    ['docker.io/python', 'docker_hub'],
    ['index.docker.io/python', 'docker_hub'],
    [`${ecrHost}/app`, 'aws'],
    ['us-central1-docker.pkg.dev/p/r/app', 'gcp'],
    ['python:3.13', undefined],
    ['team/app', undefined],
    ['ghcr.io/', undefined],
    ['', undefined],
  ])('of %s is %s', (text, source) => {
    expect(sourceNamedBy(text)).toBe(source);
  });
});

describe('the source after a text was typed', () => {
  it.each([
    [`${ecrHost}/app`, 'docker_hub', 'aws'],
    ['team/app', 'aws', 'aws'],
    ['public.ecr.aws/docker/library/python', 'docker_hub', 'registry'],
    ['public.ecr.aws/docker/library/python', 'aws', 'aws'],
    ['docker.io/python', 'aws', 'docker_hub'],
  ] as const)('%s in %s is %s', (text, source, after) => {
    expect(sourceAfter(text, source)).toBe(after);
  });

  it('explains what is public where a private registry was chosen', () => {
    const read = readReference('public.ecr.aws/docker/library/python:3.13', 'aws');
    expect(read).toMatchObject({
      state: 'problem',
      isPublicPull: true,
      problem: expect.stringContaining('nobody needs'),
    });
    expect(readReference('public.ecr.aws/docker/library/python', 'gcp')).not.toHaveProperty('isPublicPull');
  });
});

describe('the secret of a build', () => {
  const read = readReference('ghcr.io/team/app', 'registry');

  const web: SecretChoice = { ...ghcr, name: 'web', repositories: ['web/*', 'api'] };

  it('is proposed by what the reference asks for, and not before there is one', () => {
    expect(proposalFor([hub, ghcr, web, ecr], read)).toEqual({
      secret: ghcr,
      why: 'the only one for all of ghcr.io',
    });
    expect(proposalFor([ghcr], readReference('ghcr', 'registry'))).toBeNull();
    expect(proposalFor([ghcr], readReference('', 'registry'))).toBeNull();
  });

  it('may be one that is kept for other repositories, which is said', () => {
    expect(outsidePatterns(web, read)).toMatch(/kept for web\/\*, api, and this is team\/app/);
    expect(outsidePatterns(web, readReference('ghcr.io/web/app', 'registry'))).toBeUndefined();
    expect(outsidePatterns(ghcr, read)).toBeUndefined();
    expect(outsidePatterns(undefined, read)).toBeUndefined();
    expect(outsidePatterns(web, { state: 'empty' })).toBeUndefined();
  });

  it('is refused where it may not go, in words that name both hosts', () => {
    expect(secretProblem(hub, read)).toMatch(/bound to docker\.io .* secret for ghcr\.io/);
    expect(secretProblem({ ...ghcr, state: 'refused' }, read)).toMatch(/refused/);
    expect(secretProblem(ghcr, read)).toBeUndefined();
    expect(secretProblem(undefined, read)).toBeUndefined();
    expect(secretProblem(hub, { state: 'empty' })).toBeUndefined();
  });

  it('is offered before those that do not fit', () => {
    expect(secretOptions([hub, ecr, ghcr, web], read).map(({ label, detail }) => [label, detail])).toEqual([
      ['None (public image)', undefined],
      ['ghcr', 'v1, ghcr.io'],
      ['web', 'v1, for web/* and 1 more'],
      ['hub', 'Only for docker.io'],
      ['ecr', 'Only for *.dkr.ecr.*.amazonaws.com'],
    ]);
  });
});

it('offers a platform and a Python that were asked for and are not common', () => {
  expect(platformOptions('linux/arm64', 'linux/amd64')).toHaveLength(7);
  expect(
    platformOptions('windows/amd64', 'linux/amd64', 'linux/mips')
      .slice(7)
      .map(({ value }) => value),
  ).toEqual(['windows/amd64', 'linux/mips']);
  expect(pythonOptions(null, '3.8').at(-1)?.value).toBe('3.8');
  expect(pythonOptions('3.12', '3.12').filter(({ value }) => value === '3.12')).toHaveLength(1);
});

describe('a definition on the form', () => {
  const definition = definitionSchema.parse({
    source: 'from_registry',
    reference: 'ghcr.io/team/app:1',
    secret: 'ghcr',
    add_python: '3.12',
    steps: [
      { kind: 'pip_install', packages: ['torch'], secrets: ['hf'] },
      { kind: 'run_commands', commands: ['make'], env: { A: '1' } },
      { kind: 'dockerfile_commands', commands: ['USER app'] },
      { kind: 'env', variables: { B: '2' } },
      { kind: 'workdir', path: '/srv' },
      { kind: 'cmd', arguments: ['serve'] },
      { kind: 'add_file', path: '/a', name: 'a', file: `sha256:${'0'.repeat(64)}`, size_bytes: 1 },
    ],
  });
  const draft = draftOf(definition, { imageName: 'app', basedOn: 2 });

  it('goes through what the browser keeps, and is the same', () => {
    expect(buildDraftSchema.parse(JSON.parse(JSON.stringify(draft)))).toEqual(draft);
    expect(buildDraftSchema.safeParse({ ...draft, steps: [{ kind: 'env' }] }).success).toBe(false);
  });

  it('keeps the name of a secret that was deleted, and says so', () => {
    expect(baseOf(draft, [ghcr])).toMatchObject({ secret: ghcr, secretProblem: undefined });
    expect(baseOf(draft, [hub])).toMatchObject({
      secretName: 'ghcr',
      secret: undefined,
      secretProblem: expect.stringMatching(/no secret named ghcr/),
    });
  });

  it('knows that somebody else saved or deleted the image meanwhile', () => {
    const newest = { number: 3, byName: 'Ada' };
    expect(standingOf(draft, { name: 'app', newest: { ...newest, number: 2 } })).toEqual({ state: 'same' });
    expect(standingOf(draft, { name: 'app', newest })).toEqual({ state: 'newer', newest });
    expect(standingOf({ ...draft, basedOn: 3 }, { name: 'app', newest })).toEqual({ state: 'same' });
    expect(standingOf(draft, { name: 'app', newest: null })).toEqual({ state: 'deleted' });
    expect(standingOf({ ...draft, basedOn: null }, null)).toEqual({ state: 'same' });
  });
});
