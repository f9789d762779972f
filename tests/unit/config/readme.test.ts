import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { variables } from '#lib/config/settings.ts';

const readme = readFileSync(path.resolve(import.meta.dirname, '../../../README.md'), 'utf8');

it.each(Object.entries(variables))(
  'README.md says of %s what the settings say',
  (name, { fallback, about }) => {
    expect(readme).toContain(`| \`${name}\` | ${fallback} | ${about} |`);
  },
);
