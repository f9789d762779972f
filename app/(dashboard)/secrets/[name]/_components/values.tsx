import Link from 'next/link';
import { Time } from '#app/_components/time.tsx';
import { secretFields } from '#lib/secrets/fields.ts';
import type { SecretDetail } from '#lib/secrets/types.ts';
import { Section } from './section.tsx';

/** Each key of the newest version: what is public with its value, what is sealed with who set it and when. */
export function Values({ secret }: { secret: SecretDetail }) {
  const { version } = secret;
  return (
    <Section title="Values" id="values">
      <dl className="rounded-lg inset-ring inset-ring-line">
        {version.keys.map((key) => {
          const field = secretFields[secret.type].find((each) => each.key === key);
          const fact = field?.isSensitive === false ? version.facts[key] : undefined;
          return (
            <div
              key={key}
              className="grid min-h-11 grid-cols-[minmax(0,240px)_minmax(0,1fr)] items-center gap-x-4 border-line px-4 py-1.5 not-first:border-t max-md:grid-cols-1"
            >
              <dt className="cut font-mono text-small" title={key}>
                {key}
              </dt>
              <dd className="flex min-w-0 items-center justify-between gap-3">
                {fact === undefined ? (
                  <>
                    <span className="text-ink-3">
                      Set <Time at={version.createdAt} format="date" /> by {version.createdByName}
                    </span>
                    <Link
                      href={`/secrets/${secret.name}/replace`}
                      aria-label={`Replace ${key}`}
                      className="text-tide hover:underline touch:leading-11"
                    >
                      Replace
                    </Link>
                  </>
                ) : (
                  <span className="cut font-mono text-small" title={fact}>
                    {fact}
                  </span>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
      <p className="mt-2 text-small text-ink-3">
        Values are write-only: they can be replaced but not read. Only a worker opens them, for a build or a
        check.
      </p>
    </Section>
  );
}
