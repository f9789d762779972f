import { secretFields } from '#lib/secrets/fields.ts';
import type { SecretType } from '#lib/secrets/schema.ts';

/** The keys that a secret of this type holds, by the names that other systems know, and what becomes of each. */
export function KeyTable({ type }: { type: SecretType }) {
  return (
    <dl className="grid gap-1 border-line border-t pt-3">
      {secretFields[type].map(({ key, isSensitive, isOptional }) => (
        <div key={key} className="flex flex-wrap items-baseline justify-between gap-x-3">
          <dt>
            <code className="font-mono text-small">{key}</code>
            {isOptional && <span className="ml-2 text-small text-ink-3">optional</span>}
          </dt>
          <dd className="text-small text-ink-3">
            {isSensitive ? 'Sealed, write-only' : 'Shown to the workspace'}
          </dd>
        </div>
      ))}
    </dl>
  );
}
