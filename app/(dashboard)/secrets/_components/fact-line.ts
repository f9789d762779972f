import { factLabels } from '#lib/secrets/fields.ts';
import type { SecretRow } from '#lib/secrets/types.ts';

/** What is public of a secret in one line, the most telling first: "ghcr.io · ines". An en dash when nothing is. */
export function factLine({ type, version }: Pick<SecretRow, 'type' | 'version'>): string {
  const facts = Object.keys(factLabels[type])
    .map((key) => version.facts[key])
    .filter((fact) => fact !== undefined);
  return facts.length > 0 ? facts.join(' · ') : '–';
}
