import { Age } from '#app/_components/time.tsx';
import { formatBytes, formatCountOf } from '#lib/builds/format.ts';
import type { DueFacts, StoreFacts, StoreLimits } from '#lib/store/types.ts';
import { Fact, Section } from './section.tsx';

export interface LimitsProps {
  /** Null until a worker has measured the store. */
  readonly limits: StoreLimits | null;
  /** Of the whole server, for owners. */
  readonly due: DueFacts | null;
  readonly facts: StoreFacts | null;
}

/** What stays, what goes next and why. */
export function Limits({ limits, due, facts }: LimitsProps) {
  return (
    <Section title="Collection">
      <dl>
        <Fact name="Size limit">{limits?.bytesMax == null ? 'None' : formatBytes(limits.bytesMax)}</Fact>
        <Fact name="Age limit">
          {limits?.daysMax == null ? 'None' : `${formatCountOf(limits.daysMax, 'day')} unused`}
        </Fact>
        {due !== null && (
          <Fact name="Would go now">
            {due.images === 0
              ? 'No image'
              : `${formatCountOf(due.images, 'image')}, ${formatBytes(due.freedBytes)}`}
          </Fact>
        )}
        {facts !== null && (
          <>
            <Fact name="Of no image">
              {facts.looseBytes === 0 ? 'Nothing' : formatBytes(facts.looseBytes)}
            </Fact>
            <Fact name="Partial downloads">
              {facts.partials === 0 ? 'None' : `${facts.partials}, ${formatBytes(facts.partialBytes)}`}
            </Fact>
            {facts.oldestPartialAt !== null && (
              <Fact name="Oldest of them">
                <Age at={facts.oldestPartialAt} />
              </Fact>
            )}
          </>
        )}
      </dl>
      <p className="mt-1.5 text-small text-ink-3">
        What a build needs now, or needed in the last ten minutes, stays; what a later build misses is fetched
        again. Before a pull that would not fit, the images used least recently give way. Partial downloads
        are kept for a week.
      </p>
    </Section>
  );
}
