import { describe, expect, test } from 'vitest';
import { checkDraft, nameId, rowKeyId } from '#app/(dashboard)/secrets/_components/check-draft.ts';
import {
  type FormDraft,
  newDraft,
  typedValue,
  valuesOf,
  withNewRow,
  withoutRow,
  withRow,
  withValue,
} from '#app/(dashboard)/secrets/_components/form-draft.ts';

const registry = withValue(
  withValue(
    withValue(newDraft({ type: 'registry', name: 'ghcr' }), 'REGISTRY_HOST', 'https://GHCR.io/halden'),
    'REGISTRY_USERNAME',
    'ines',
  ),
  'REGISTRY_PASSWORD',
  'ghp_0123456789',
);

function customDraft(...rows: readonly (readonly [key: string, value: string])[]): FormDraft {
  return {
    ...newDraft({ type: 'custom', name: 'steps' }),
    rows: rows.map(([key, value], id) => ({ id, key, value })),
  };
}

describe('a draft', () => {
  test('that is complete has no problem, and is sealed in its normal form', () => {
    const { problems, checked } = checkDraft(registry);
    expect(problems).toEqual({});
    expect(checked.host).toBe('ghcr.io');
    expect(checked.values.REGISTRY_HOST).toBe('ghcr.io');
  });

  test('that is empty has a problem at its name and at each key that has to be there', () => {
    const { problems } = checkDraft(newDraft({ type: 'docker_hub' }));
    expect(Object.keys(problems).sort()).toEqual(['REGISTRY_PASSWORD', 'REGISTRY_USERNAME', nameId].sort());
  });

  test('keeps what was typed for one type apart from the others', () => {
    const hub: FormDraft = { ...registry, type: 'docker_hub' };
    expect(typedValue(hub, 'REGISTRY_USERNAME')).toBe('');
    expect(valuesOf(hub)).toEqual({});
    expect(valuesOf({ ...hub, type: 'registry' })).toEqual(valuesOf(registry));
  });

  test('seals no role while the key itself signs in, whatever was typed before', () => {
    const role = { ...newDraft({ type: 'aws' }), awsSignIn: 'role' as const };
    const typed = withValue(role, 'AWS_ROLE_ARN', 'arn:aws:iam::111122223333:role/pull');
    expect(valuesOf(typed)).toEqual({ AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/pull' });
    expect(valuesOf({ ...typed, awsSignIn: 'key' })).toEqual({});
  });

  test('of new values begins with what is public, and with no value of a sealed key', () => {
    const draft = newDraft({
      type: 'registry',
      keys: ['REGISTRY_HOST', 'REGISTRY_USERNAME', 'REGISTRY_PASSWORD'],
      facts: { REGISTRY_HOST: 'ghcr.io', REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'never a fact' },
    });
    expect(valuesOf(draft)).toEqual({ REGISTRY_HOST: 'ghcr.io', REGISTRY_USERNAME: 'ines' });
    expect(newDraft({ type: 'custom', keys: ['A', 'B'] }).rows).toEqual([
      { id: 0, key: 'A', value: '' },
      { id: 1, key: 'B', value: '' },
    ]);
  });
});

describe('the name', () => {
  test.each(['', 'Upper', 'a b', '-a', 'a-', 'a_b', 'a/b', 'x'.repeat(64), 'é'])('%j is refused', (name) => {
    expect(checkDraft({ ...registry, name }).problems).toHaveProperty(nameId);
  });

  test.each(['a', 'ecr-ml-pull', '9', 'x'.repeat(63)])('%j is taken', (name) => {
    expect(checkDraft({ ...registry, name }).problems).toEqual({});
  });
});

describe('custom rows', () => {
  test.each([
    ['none filled', customDraft(['', '']), [rowKeyId(0)]],
    ['a value without a key', customDraft(['', 'x']), [rowKeyId(0)]],
    ['a key that is none', customDraft(['A', '1'], ['1A', '2']), [rowKeyId(1)]],
    ['a key twice', customDraft(['A', '1'], ['B', '2'], ['A', '3']), [rowKeyId(2)]],
    ['an empty row left over', customDraft(['A', '1'], ['', '']), []],
    ['an empty value, which is one', customDraft(['A', '']), []],
    ['names that every object has', customDraft(['constructor', '1'], ['toString', '2']), []],
  ])('%s', (_what, draft, ids) => {
    expect(Object.keys(checkDraft(draft).problems)).toEqual(ids);
  });

  test('a key of a registry is warned about at its row, and can be saved', () => {
    const { problems, warnings } = checkDraft(customDraft(['A', '1'], ['REGISTRY_PASSWORD', 'x']));
    expect(problems).toEqual({});
    expect(Object.keys(warnings)).toEqual([rowKeyId(1)]);
  });

  test('are added, changed and removed without touching the others', () => {
    const two = withNewRow(withRow(customDraft(['A', '1']), 0, { value: '2' }));
    expect(two.rows).toEqual([
      { id: 0, key: 'A', value: '2' },
      { id: 1, key: '', value: '' },
    ]);
    expect(withNewRow(withoutRow(two, 0)).rows.map(({ id }) => id)).toEqual([1, 2]);
  });
});
