import { Badge } from '#app/_components/badge.tsx';
import { Status } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import type { SecretVersionRow } from '#lib/secrets/types.ts';
import { stateOf } from '../../_components/version-state.ts';
import { Section } from './section.tsx';

/** Every set of values that was saved, the newest first. */
export function Versions({ versions }: { versions: readonly SecretVersionRow[] }) {
  return (
    <Section title="Versions" id="versions">
      <table aria-label="Versions" className="w-full table-fixed border-collapse">
        <thead className="text-small text-ink-3">
          <tr className="*:h-8 *:border-line *:border-b *:pr-2 *:text-left *:font-regular *:whitespace-nowrap">
            <th scope="col" className="w-20 max-md:w-[60px]">
              Version
            </th>
            <th scope="col">Saved by</th>
            <th scope="col" className="w-28 max-md:w-[76px]">
              Saved
            </th>
            <th scope="col" className="w-32 max-md:w-[112px]">
              State
            </th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <tr key={version.id} className="*:h-row *:border-line *:border-b *:pr-2">
              <td>
                <Badge className="tabular-nums">v{version.number}</Badge>
              </td>
              <td className="cut">{version.createdByName}</td>
              <td className="text-ink-2">
                <Age at={version.createdAt} />
              </td>
              <td>
                <Status state={stateOf(version)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
