import { describe, expect, test } from 'vitest';
import { readReference, sourceNamedBy } from '#app/(dashboard)/_components/read-reference.ts';
import { type PushProposal, pushSecretFor } from '#app/(dashboard)/builds/_components/push-secret.ts';
import type { SecretChoice } from '#app/(dashboard)/builds/new/_components/build-draft.ts';

const secret = (name: string, host: string, more: Partial<SecretChoice> = {}): SecretChoice => ({
  ...{ id: name, name, type: 'registry', host, repositories: [], lastUsedAt: null, version: 1 },
  ...{ state: 'accepted', ...more },
});
const secrets = [
  secret('a-first', 'ghcr.io'),
  secret('base', 'ghcr.io'),
  secret('pusher', 'ghcr.io'),
  secret('old', 'ghcr.io', { state: 'refused' }),
  secret('quay', 'quay.io'),
];
const last = { reference: 'ghcr.io/team/app:1', secretName: 'pusher' };

describe('the secret that a push is proposed with', () => {
  test.each<[string, string, PushProposal, string | null]>([
    ['the first for the host', 'ghcr.io/team/app:2', { start: null, likely: [] }, 'a-first'],
    [
      'the base’s own where it fits',
      'ghcr.io/team/app:2',
      { start: null, likely: ['base', 'pusher'] },
      'base',
    ],
    ['else the last one', 'quay.io/team/app:2', { start: null, likely: ['base', 'quay'] }, 'quay'],
    ['never one that was refused', 'ghcr.io/team/app:2', { start: null, likely: ['old'] }, 'a-first'],
    ['never one that is gone', 'ghcr.io/team/app:2', { start: null, likely: ['gone'] }, 'a-first'],
    ['that of the push it begins with', 'ghcr.io/team/app:1', { start: last, likely: ['base'] }, 'pusher'],
    ['also for another tag', 'ghcr.io/team/app:2', { start: last, likely: ['base'] }, 'pusher'],
    ['not for another repository', 'ghcr.io/team/apple:1', { start: last, likely: ['base'] }, 'base'],
    ['not for another host', 'quay.io/team/app:1', { start: last, likely: ['base', 'pusher'] }, 'quay'],
    [
      'none where that push had none',
      'ghcr.io/team/app:2',
      { start: { ...last, secretName: null }, likely: ['base'] },
      null,
    ],
    ['none where none may go there', 'example.com/app:1', { start: last, likely: ['base'] }, null],
    ['none before there is a target', '', { start: null, likely: ['base'] }, null],
  ])('is %s', (_, text, proposal, name) => {
    const read = readReference(text, sourceNamedBy(text) ?? 'docker_hub');
    expect(pushSecretFor(secrets, read, proposal)).toBe(name);
  });
});
