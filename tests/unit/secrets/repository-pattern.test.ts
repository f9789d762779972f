import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingOf } from '#lib/registries/binding.ts';
import { byCloseness, covers, readPattern, readPatterns } from '#lib/secrets/repository-pattern.ts';

const ecrHost = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const aws = bindingOf({ type: 'aws' });
const hub = bindingOf({ type: 'docker_hub' });
const ghcr = bindingOf({ type: 'registry', host: 'ghcr.io' });
const noHostYet = bindingOf({ type: 'registry' });

describe('reading a pattern', () => {
  it.each([
    ['ml/*', aws, 'ml/*'],
    ['ML/App', aws, 'ml/app'],
    ['ml/', aws, 'ml/*'],
    ['ml/**', aws, 'ml/*'],
    ['ml/app:1.4', aws, 'ml/app'],
    [`ml/app@sha256:${'a'.repeat(64)}`, aws, 'ml/app'],
    [`https://${ecrHost}/ml/app:1.4`, aws, `${ecrHost}/ml/app`],
    ['docker.io/acme/app', hub, 'docker.io/acme/app'],
    ['index.docker.io/acme/app', hub, 'docker.io/acme/app'],
    ['GHCR.io/acme/*', ghcr, 'ghcr.io/acme/*'],
    ['registry.example.com:5000/acme/*', noHostYet, 'registry.example.com:5000/acme/*'],
    ['*', ghcr, '*'],
  ])('%s for %o is %s', (word, binding, pattern) => {
    expect(readPattern({ word, binding })).toEqual({ pattern });
  });

  it.each([
    ['quay.io/acme/*', ghcr, /never goes to quay\.io, only to ghcr\.io/],
    [`${ecrHost}/ml/app`, hub, /only to docker\.io/],
    ['public.ecr.aws/docker/library/python', aws, /public/],
    ['ghcr.io', ghcr, /Leave this empty for all of ghcr\.io/],
    ['ml//app', aws, /Not a repository: ml\/\/app/],
    ['/ml', aws, /Not a repository/],
    ['ml/äpp', aws, /Not a repository/],
    ['ml/<script>', aws, /Not a repository/],
    ['exa$mple.com/app', noHostYet, /Not a host/],
    ['*.dkr.ecr.eu-west-1.amazonaws.com/ml/*', aws, /Not a host/],
    ['a'.repeat(600), aws, /Shorten/],
  ])('%s for %o is none: %s', (word, binding, problem) => {
    expect(readPattern({ word, binding })).toEqual({ problem: expect.stringMatching(problem) });
  });

  it('reads a field: each pattern once, and the first problem', () => {
    expect(readPatterns({ text: ' ml/*, web/api\nml/*;', binding: aws })).toEqual({
      patterns: ['ml/*', 'web/api'],
      problem: undefined,
    });
    expect(readPatterns({ text: 'ml/* //  §', binding: aws })).toEqual({
      patterns: ['ml/*'],
      problem: expect.stringContaining('Not a repository: //'),
    });
    const many = Array.from({ length: 51 }, (_, index) => `ml/${index}`).join(' ');
    expect(readPatterns({ text: many, binding: aws }).problem).toMatch(/at most 50/);
  });

  it('changes nothing that it has read', () => {
    const words = fc.string({ unit: fc.constantFrom(...'ab.*?:/@-_A'), maxLength: 20 });
    fc.assert(
      fc.property(words, (word) => {
        const once = readPattern({ word, binding: noHostYet });
        fc.pre('pattern' in once);
        expect(readPattern({ word: once.pattern, binding: noHostYet })).toEqual(once);
      }),
    );
  });
});

describe('covering a repository', () => {
  const ghcrApp = { registry: 'ghcr.io', repository: 'acme/team/app' };
  it.each([
    ['*', ghcrApp, true],
    ['acme/*', ghcrApp, true],
    ['acme/*/app', ghcrApp, true],
    ['acme/team/a?p', ghcrApp, true],
    ['ghcr.io/acme/*', ghcrApp, true],
    ['acme/team', ghcrApp, false],
    ['acme/team/app2', ghcrApp, false],
    ['team/*', ghcrApp, false],
    ['acme/team/app?', ghcrApp, false],
    ['quay.io/acme/*', ghcrApp, false],
    ['ghcr.io/*', { registry: 'GHCR.io', repository: 'acme/app' }, true],
    ['python', { registry: 'docker.io', repository: 'library/python' }, true],
    ['library/*', { registry: 'docker.io', repository: 'library/python' }, true],
    ['python', { registry: 'ghcr.io', repository: 'library/python' }, false],
    ['docker.io/acme/*', { registry: 'registry-1.docker.io', repository: 'acme/app' }, true],
    ['a.c/x', { registry: 'abc', repository: 'x' }, false],
  ] as const)('%s of %o: %s', (pattern, name, isCovered) => {
    expect(covers(pattern, name)).toBe(isCovered);
  });

  it('agrees with a regular expression, whatever the pattern', () => {
    const globs = fc.string({ unit: fc.constantFrom(...'ab/*?'), maxLength: 12 });
    const paths = fc.string({ unit: fc.constantFrom(...'ab/'), maxLength: 12 });
    fc.assert(
      fc.property(globs, paths, (glob, repository) => {
        const same = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(covers(glob, { registry: 'ghcr.io', repository })).toBe(same.test(repository));
      }),
    );
  });

  it('takes no longer for a pattern of many stars', () => {
    const repository = 'a'.repeat(255);
    expect(covers(`${'*a'.repeat(250)}b`, { registry: 'ghcr.io', repository })).toBe(false);
  });
});

it('orders patterns: longest beginning, then most letters, then without a wildcard', () => {
  const ordered = ['ml/app', 'ml/app*', 'ml/*/app', 'ml/*', 'ghcr.io/m*', '*app', '*'];
  expect(ordered.toReversed().sort(byCloseness)).toEqual(ordered);
});
