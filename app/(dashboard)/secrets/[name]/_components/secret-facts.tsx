import Link from 'next/link';
import type { ReactNode } from 'react';
import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { Age, Time } from '#app/_components/time.tsx';
import { factLabels } from '#lib/secrets/fields.ts';
import type { SecretDetail } from '#lib/secrets/types.ts';
import { PullsLeft } from '../../../_components/pulls-left.tsx';
import { type PullsLeftFacts, windowText } from '../../../_components/pulls-left-facts.ts';
import { typeNames } from '../../_components/type-names.ts';

/** What is known about the secret without opening it. */
export function SecretFacts(props: {
  readonly secret: SecretDetail;
  readonly pulls: readonly PullsLeftFacts[];
}) {
  const { secret } = props;
  const { version } = secret;
  return (
    <aside aria-label="Facts" className="min-w-0">
      <dl className="grid gap-3">
        <Fact label="Type">
          <span className="flex items-center gap-2">
            <RegistryIcon registry={secret.type} />
            {typeNames[secret.type]}
          </span>
        </Fact>
        <Fact label="Sent only to">
          {secret.host === null ? 'No registry: for build steps' : <Mono text={secret.host} />}
        </Fact>
        {Object.entries(factLabels[secret.type])
          .filter(([key]) => version.facts[key] !== undefined && version.facts[key] !== secret.host)
          .map(([key, label]) => (
            <Fact key={key} label={label}>
              <Mono text={version.facts[key] ?? ''} />
            </Fact>
          ))}
        {props.pulls.map((pulls) => (
          <Fact key={pulls.registry} label={`${pulls.registryName} pulls left`}>
            <PullsLeft pulls={pulls} />
            <span className="block text-small text-ink-3">
              Seen <Age at={pulls.seenAt} />
              {pulls.windowSeconds !== null && `, counted over ${windowText(pulls)}`}
            </span>
          </Fact>
        ))}
        <Fact label="Created">
          <Time at={secret.createdAt} format="date" /> by {secret.createdByName}
        </Fact>
        <Fact label="Last used">
          {secret.lastUsedAt === null ? (
            'Never'
          ) : (
            <>
              <Age at={secret.lastUsedAt} />
              {secret.lastUsedBuild !== null && (
                <>
                  {' by '}
                  <Link
                    href={`/builds/${secret.lastUsedBuild}`}
                    className="text-tide hover:underline touch:leading-11"
                  >
                    #{secret.lastUsedBuild}
                  </Link>
                </>
              )}
            </>
          )}
        </Fact>
      </dl>
    </aside>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-small text-ink-3">{label}</dt>
      <dd className="wrap-anywhere">{children}</dd>
    </div>
  );
}

function Mono({ text }: { text: string }) {
  return <span className="font-mono text-small">{text}</span>;
}
