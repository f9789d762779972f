import { CircleCheck, CircleX, Minus, TriangleAlert } from 'lucide-react';
import Link from 'next/link';
import { Fragment, type ReactNode } from 'react';
import { Badge } from '#app/_components/badge.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { CopyButton } from '#app/_components/copy-button.tsx';
import { Time } from '#app/_components/time.tsx';
import { formatBytes, formatCount, formatCountOf, formatDigest, formatDuration } from '#lib/builds/format.ts';
import type { Check } from '#lib/builds/schema.ts';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';
import { registryOf } from '../../../_components/registry-of.ts';

export interface FactsProps {
  readonly head: BuildHead;
  readonly view: BuildView;
}

/** What is known of a build, in short. What is not known yet says so, and keeps its place. */
export function Facts(props: FactsProps) {
  return (
    <aside
      aria-label="Facts"
      className="max-lg:grid max-lg:grid-cols-[repeat(auto-fit,minmax(240px,1fr))] max-lg:gap-x-7 max-md:grid-cols-1"
    >
      <ImageFacts {...props} />
      <AccessFacts {...props} />
      <CacheFacts {...props} />
      <EngineFacts {...props} />
      {props.view.checks.length > 0 && <Checks checks={props.view.checks} />}
      <RequestFacts {...props} />
    </aside>
  );
}

function ImageFacts({ head, view }: FactsProps) {
  const { facts } = view;
  const unknown = isFinal(view.state) ? 'Not received' : 'Not known yet';
  // An image that is in no index has no index digest, which is known once its manifest is.
  const noIndex = facts.baseDigest === undefined ? unknown : 'None';
  return (
    <Section title="Image">
      <Fact name="Platform">{facts.platform ?? head.platform}</Fact>
      <Fact name="Index">
        <Digest digest={facts.indexDigest} copyLabel="Copy index digest" absent={noIndex} />
      </Fact>
      <Fact name="Base">
        <Digest digest={facts.baseDigest} copyLabel="Copy base digest" absent={unknown} />
      </Fact>
      <Fact name="Config">
        <Digest digest={facts.configDigest} copyLabel="Copy config digest" absent={unknown} />
      </Fact>
      {facts.resultDigest !== undefined && (
        <Fact name="Result">
          <Digest digest={facts.resultDigest} copyLabel="Copy result digest" absent={unknown} />
        </Fact>
      )}
      {facts.resultBytes !== undefined && (
        <Fact name="Result size">
          <span className="tabular-nums">{formatBytes(facts.resultBytes)}</span>
        </Fact>
      )}
      <Fact name="Size">
        {facts.totalBytes === undefined || facts.layerCount === undefined ? (
          <Quiet>{unknown}</Quiet>
        ) : (
          <span className="tabular-nums">
            {formatBytes(facts.totalBytes)} in {formatCountOf(facts.layerCount, 'layer')}
          </span>
        )}
      </Fact>
    </Section>
  );
}

function AccessFacts({ head, view }: FactsProps) {
  const registry = registryOf(head.reference);
  const { rateLimit, served } = view.facts;
  return (
    <Section title="Access">
      <Fact name="Secret">
        {head.secret === null ? (
          <Quiet>None</Quiet>
        ) : (
          <>
            {head.secret.id === null ? (
              <span className="cut" title={`${head.secret.name} was deleted`}>
                {head.secret.name}
              </span>
            ) : (
              <Link
                href={`/secrets/${encodeURIComponent(head.secret.name)}`}
                className="cut text-tide hover:underline touch:inline-flex touch:h-touch touch:items-center"
              >
                {head.secret.name}
              </Link>
            )}
            <Badge>v{head.secret.version}</Badge>
            {head.secret.id === null && <Quiet>deleted</Quiet>}
          </>
        )}
      </Fact>
      {head.secretWhy !== null && (
        <Fact name="Why">
          <span className="wrap-anywhere">{head.secretWhy}</span>
        </Fact>
      )}
      <Fact name="Registry">
        <span className="cut" title={registry.host}>
          {registry.name}
        </span>
      </Fact>
      {registry.account !== undefined && (
        <Fact name="Account">
          <span className="font-mono text-small">{registry.account}</span>
          <CopyButton
            label="Copy account ID"
            text={registry.account.replaceAll(' ', '')}
            className={factCopy}
          />
        </Fact>
      )}
      {registry.region !== undefined && (
        <Fact name="Region">
          <span className="font-mono text-small">{registry.region}</span>
        </Fact>
      )}
      {rateLimit !== undefined && (
        <Fact name="Pulls left">
          <span className="tabular-nums">
            {formatCount(rateLimit.remaining)} of {formatCount(rateLimit.limit)}
          </span>
          {rateLimit.source !== undefined && <Quiet>{pullers[rateLimit.source]}</Quiet>}
        </Fact>
      )}
      {served !== undefined && (
        <Fact name="Served">
          <span>
            From the store: {servedWhys[served.why]}
            {served.provenAt !== undefined && (
              <>
                , access proved <Time at={served.provenAt} format="exact" className="tabular-nums" />
              </>
            )}
          </span>
        </Fact>
      )}
    </Section>
  );
}

const pullers = { account: 'of this account', address: 'of this server’s address' } as const;

const servedWhys = {
  rate_limited: 'the registry had no pulls left and confirmed access',
  registry_down: 'the registry was down',
} as const;

function CacheFacts({ view }: FactsProps) {
  const { facts, layers } = view;
  const reused = layers.filter(({ state }) => state === 'reused').length;
  const unknown = isFinal(view.state) ? 'None fetched' : 'Not known yet';
  return (
    <Section title="Cache">
      <Fact name="Layers">
        {layers.length === 0 ? (
          <Quiet>{unknown}</Quiet>
        ) : (
          <span className="tabular-nums">
            {formatCount(reused)} of {formatCount(layers.length)} reused
          </span>
        )}
      </Fact>
      {facts.reusedBytes !== undefined && <Fact name="Not pulled">{formatBytes(facts.reusedBytes)}</Fact>}
      {facts.fetchedBytes !== undefined && <Fact name="Pulled">{formatBytes(facts.fetchedBytes)}</Fact>}
      {facts.pullMs !== undefined && <Fact name="Pull took">{formatDuration(facts.pullMs)}</Fact>}
      {facts.stepCount !== undefined && facts.stepsCached !== undefined && (
        <Fact name="Steps">
          <span className="tabular-nums">
            {formatCount(facts.stepsCached)} of {formatCount(facts.stepCount)} from the cache
          </span>
        </Fact>
      )}
      {facts.stepsMs !== undefined && <Fact name="Steps took">{formatDuration(facts.stepsMs)}</Fact>}
    </Section>
  );
}

function EngineFacts({ view }: FactsProps) {
  const { engine } = view.facts;
  if (engine === undefined) return null;
  return (
    <Section title="Engine">
      <Fact name="Builder">{engine.name}</Fact>
      <Fact name="Isolation">
        {engine.isIsolated ? engine.isolation : <span className="text-warn-fg">{engine.isolation}</span>}
      </Fact>
      <Fact name="Network">{engine.network}</Fact>
    </Section>
  );
}

function Checks(props: { readonly checks: readonly Check[] }) {
  return (
    <section className={sectionClass}>
      <h2 className="mb-2 font-semibold">Checks</h2>
      <ul className="grid gap-1.5">
        {props.checks.map((check) => {
          const { icon: Icon, ink, word } = checkLooks[check.state];
          return (
            <li key={check.name} className="grid grid-cols-[16px_minmax(0,1fr)] gap-x-2.5">
              <Icon aria-hidden className={classNames('mt-0.5', ink)} />
              <span className="wrap-anywhere">
                <span className="font-medium">{check.name}</span>{' '}
                <span className={check.state === 'passed' ? 'sr-only' : classNames('text-small', ink)}>
                  {word}
                  <span className="sr-only">.</span>
                </span>{' '}
                <span className="text-ink-2">{check.detail}</span>
                {check.remedy !== undefined && (
                  <span className="block text-small text-ink-3">{check.remedy}</span>
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const checkLooks = {
  passed: { icon: CircleCheck, ink: 'text-ok-fg', word: 'Passed' },
  warned: { icon: TriangleAlert, ink: 'text-warn-fg', word: 'Warning' },
  failed: { icon: CircleX, ink: 'text-bad-fg', word: 'Failed' },
  skipped: { icon: Minus, ink: 'text-idle-fg', word: 'Skipped' },
} as const;

function RequestFacts({ head, view }: FactsProps) {
  return (
    <Section title="Request">
      {head.image !== null && (
        <Fact name="Image">
          <Link
            href={`/images/${encodeURIComponent(head.image.name)}`}
            className="cut text-tide hover:underline touch:inline-flex touch:h-touch touch:items-center"
          >
            {head.image.name}
          </Link>
          <Badge>r{head.image.revision}</Badge>
        </Fact>
      )}
      <Fact name="Trigger">
        {head.rerunOf === null ? (
          'Manual'
        ) : (
          <span>
            Re-run of{' '}
            <Link
              href={`/builds/${head.rerunOf}`}
              className="text-tide tabular-nums hover:underline touch:inline-flex touch:h-touch touch:items-center"
            >
              #{head.rerunOf}
            </Link>
          </span>
        )}
      </Fact>
      <Fact name="By">
        <span className="cut" title={head.requesterName}>
          {head.requesterName}
        </span>
      </Fact>
      <Fact name="Asked for">
        <Time at={head.createdAt} format="exact" className="cut tabular-nums" />
      </Fact>
      {view.attempt > 1 && <Fact name="Attempt">{view.attempt}</Fact>}
    </Section>
  );
}

const sectionClass =
  'border-t border-line py-3.5 first:border-t-0 first:pt-0 max-lg:first:border-t max-lg:first:pt-3.5';
const factCopy = '-my-1 ml-auto touch:-mr-3.5';

function Section(props: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={sectionClass}>
      <h2 className="mb-2 font-semibold">{props.title}</h2>
      <dl className="grid grid-cols-[84px_minmax(0,1fr)] gap-x-2.5 gap-y-[3px]">{props.children}</dl>
    </section>
  );
}

function Fact(props: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Fragment>
      <dt className="leading-[22px] text-ink-3 max-md:leading-8">{props.name}</dt>
      <dd className="flex min-h-[22px] min-w-0 items-center gap-1.5 max-md:min-h-8">{props.children}</dd>
    </Fragment>
  );
}

function Digest(props: {
  readonly digest: string | undefined;
  readonly copyLabel: string;
  readonly absent: string;
}) {
  const { digest } = props;
  if (digest === undefined) return <Quiet>{props.absent}</Quiet>;
  return (
    <>
      <span title={digest} className="cut font-mono text-small">
        {formatDigest(digest)}
      </span>
      <CopyButton label={props.copyLabel} text={digest} className={factCopy} />
    </>
  );
}

function Quiet(props: { readonly children: ReactNode }) {
  return <span className="text-ink-3">{props.children}</span>;
}
