import { Ticks } from '#app/_components/ticks.tsx';
import { formatBytes, formatCountOf, formatPercent } from '#lib/builds/format.ts';
import type { SharingFacts } from '#lib/store/types.ts';
import { Fact, Section } from './section.tsx';

/** What it saves that images of the workspace share layers, on the disk and on the line. */
export function Sharing({ sharing }: { readonly sharing: SharingFacts }) {
  const { apartBytes, storedBytes, fetchedBytes, reusedBytes } = sharing;
  const savedBytes = apartBytes - storedBytes;
  const pulledBytes = fetchedBytes + reusedBytes;
  return (
    <Section title="Sharing">
      <dl>
        <Fact name="Images">
          {formatCountOf(sharing.images, 'image')} of{' '}
          {formatCountOf(sharing.repositories, 'repository', 'repositories')}
        </Fact>
        <Fact name="Each for itself">{formatBytes(apartBytes)}</Fact>
        <Fact name="Stored once">{formatBytes(storedBytes)}</Fact>
        <Fact name="Saved on disk">
          <Share bytes={savedBytes} ofBytes={apartBytes} />
        </Fact>
        <Fact name="Not fetched again">
          <Share bytes={reusedBytes} ofBytes={pulledBytes} />
        </Fact>
      </dl>
      <p className="mt-1.5 text-small text-ink-3">
        By {formatCountOf(sharing.builds, 'build')} of the images that are here now.
      </p>
    </Section>
  );
}

function Share({ bytes, ofBytes }: { readonly bytes: number; readonly ofBytes: number }) {
  const share = ofBytes === 0 ? 0 : bytes / ofBytes;
  return (
    <span className="inline-flex items-center gap-2">
      {formatBytes(bytes)}, {formatPercent(share)}
      <Ticks share={share} />
    </span>
  );
}
