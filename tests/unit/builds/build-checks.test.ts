import { describe, expect, it } from 'vitest';
import { createStageLog } from '#lib/builds/log/stage-log.ts';
import { type BuildEvent, buildEventSchema } from '#lib/builds/schema.ts';
import { BuildChecks } from '#lib/builds/stages/build-checks.ts';
import { AddressRefusedError, CertificateError } from '#lib/egress/errors.ts';
import type { SlipwayError } from '#lib/errors/slipway-error.ts';
import {
  AccessDeniedError,
  DigestMismatchError,
  ManifestUnknownError,
  PlatformMissingError,
  RegistryUnavailableError,
  RepositoryUnknownError,
  SchemaOneError,
  SignInRefusedError,
} from '#lib/oci/errors.ts';
import { InvalidReferenceError } from '#lib/oci/input-errors.ts';
import { RateLimitedError } from '#lib/oci/rate-limited-error.ts';
import type { PreflightCheck } from '#lib/preflight/schema.ts';
import { CustomSecretError, SecretHostMismatchError } from '#lib/registries/errors.ts';
import { StoreFullError } from '#lib/store/errors.ts';

const place = { registry: 'r.example', repository: 'acme/app', target: '1.4' };
const refusal = { place, hadCredentials: true };
const coded = (code: string) => Object.assign(new Error('broken'), { code });
const unreached = (code: string, registry = 'r.example') =>
  new RegistryUnavailableError({ place: { registry }, why: 'It broke.', cause: coded(code) });

describe('the checks of a build', () => {
  it.each<[string, 'authenticate' | 'resolve' | 'pull', SlipwayError, string]>([
    [
      'no reference',
      'authenticate',
      new InvalidReferenceError({ why: 'It is empty.', next: 'Write one.' }),
      'x',
    ],
    [
      'a secret for another host',
      'authenticate',
      new SecretHostMismatchError({ boundHost: 'ghcr.io', registry: 'r.example' }),
      'x',
    ],
    ['a custom secret', 'authenticate', new CustomSecretError(), 'x'],
    ['a blocked host', 'authenticate', new AddressRefusedError({ registry: 'r.example' }), '.x'],
    ['a name without an address', 'authenticate', unreached('ENOTFOUND'), '.x'],
    ['nobody who listens', 'authenticate', unreached('ECONNREFUSED'), '..x'],
    ['a bad certificate', 'authenticate', unreached('CERT_HAS_EXPIRED'), '..x'],
    [
      'a certificate that was looked at',
      'authenticate',
      new CertificateError({ registry: 'r.example', code: 'CERT_HAS_EXPIRED', details: {} }),
      '..x',
    ],
    ['an answer that never comes', 'authenticate', unreached('UND_ERR_HEADERS_TIMEOUT'), '...x'],
    [
      'a cloud that cannot be reached',
      'authenticate',
      unreached('ENOTFOUND', 'AWS ECR in eu-west-1'),
      '...x',
    ],
    ['a wrong password', 'authenticate', new SignInRefusedError(refusal), '...x'],
    [
      'a role that may not be assumed',
      'authenticate',
      new AccessDeniedError({ ...refusal, isAtTokenService: true }),
      '...x',
    ],
    ['a right that is missing', 'resolve', new AccessDeniedError(refusal), '....x'],
    ['a repository that is missing', 'resolve', new RepositoryUnknownError(refusal), '....x'],
    ['a tag that is missing', 'resolve', new ManifestUnknownError(refusal), '.....x'],
    ['an image of another age', 'resolve', new SchemaOneError(), '.....x'],
    [
      'another platform',
      'resolve',
      new PlatformMissingError({ wanted: 'linux/arm64', available: ['linux/amd64'] }),
      '......x',
    ],
    [
      'no pull that is left',
      'resolve',
      new RateLimitedError({
        place,
        hadCredentials: true,
        rateLimit: { limit: 100, remaining: 0, windowSeconds: 21_600 },
      }),
      '........x',
    ],
    ['too little room', 'pull', new StoreFullError({ folder: '/data' }), '.......x'],
  ])('say of %s, at %s, where it lies', (_, stage, error, states) => {
    const { checks, list } = making();
    checks.failed(stage, error);
    const found = list();
    const x = states.length - 1;
    expect(found.map(({ state }) => state)).toEqual(
      found.map((_check, index) => (index < x ? 'passed' : index === x ? 'failed' : 'skipped')),
    );
    expect(found[x]).toMatchObject({ detail: error.advice.what, problem: { code: error.code } });
    expect(found.every(({ detail }) => detail !== '')).toBe(true);
  });

  it('say nothing of a failure that is about none of them', () => {
    const { checks, events } = making();
    const expected = `sha256:${'a'.repeat(64)}`;
    checks.failed('pull', new DigestMismatchError({ expected, actual: expected, noun: 'layer' }));
    checks.failed('check', new Error('something else'));
    expect(events).toEqual([]);
  });

  it('keep what was found, and take back a permission that a layer disproves', () => {
    const { checks, list, log } = making();
    checks.found(log, {
      permission: { state: 'passed', detail: 'May read acme/app' },
      sign_in: { state: 'passed', detail: 'Signed in as ines', tookMs: 382 },
    });
    checks.failed('pull', new AccessDeniedError(refusal));
    expect(list()[3]).toEqual({ name: 'sign_in', state: 'passed', detail: 'Signed in as ines', tookMs: 382 });
    expect(list()[4]).toMatchObject({ name: 'permission', state: 'failed' });
  });

  it('are lines of the log, in order', () => {
    const { checks, events, log } = making();
    checks.found(log, {
      sign_in: { state: 'passed', detail: 'Signed in as ines' },
      dns: { state: 'passed', detail: 'The registry answered' },
      pulls_left: { state: 'warned', detail: '1 of 100 pulls left' },
    });
    const lines = events.flatMap((event) => (event.kind === 'log' ? [[event.level, event.text]] : []));
    expect(lines).toEqual([
      ['info', expect.stringContaining('DNS: The registry answered')],
      ['info', expect.stringContaining('Sign-in: Signed in as ines')],
      ['warn', expect.stringContaining('Pulls left: 1 of 100 pulls left')],
    ]);
  });

  it('turn a registry that is down into a warning where the store stands in', () => {
    const { checks, list } = making();
    checks.stoodIn(unreached('ECONNREFUSED'));
    expect(list().map(({ state }) => state)).toEqual([
      'skipped',
      'skipped',
      'warned',
      ...Array.from({ length: 6 }, () => 'skipped'),
    ]);
  });
});

function making() {
  const events: BuildEvent[] = [];
  const emit = (event: BuildEvent) => void events.push(buildEventSchema.parse(event));
  const list = (): readonly PreflightCheck[] => {
    const last = events.findLast((event) => event.kind === 'preflight');
    if (last === undefined) throw new Error('No list was told.');
    return last.checks;
  };
  const log = createStageLog('authenticate', emit);
  return { checks: new BuildChecks({ registry: 'r.example', emit }), events, list, log };
}
