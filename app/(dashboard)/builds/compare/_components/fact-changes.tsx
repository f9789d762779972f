import type { BuildComparison, ComparedBuild } from '#lib/builds/compare.ts';
import { formatBytes, formatCountOf, formatDigest, formatDuration } from '#lib/builds/format.ts';
import { Part } from './part.tsx';

interface FactRow {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** The whole of what is shown in short. */
  readonly titles?: readonly [string | undefined, string | undefined];
  readonly isMono?: boolean;
}

/** What two builds are, in rows: those that differ first. */
export function FactChanges(props: {
  readonly before: ComparedBuild;
  readonly after: ComparedBuild;
  readonly comparison: BuildComparison;
}) {
  const rows = rowsOf(props);
  const changed = rows.filter(({ before, after, titles }) => before !== after || titles?.[0] !== titles?.[1]);
  const alike = rows.filter((row) => !changed.includes(row));
  return (
    <Part
      title="Facts"
      sum={changed.length === 0 ? 'No difference' : `${formatCountOf(changed.length, 'difference')}`}
    >
      {changed.length > 0 && (
        <table aria-label="Facts that differ" className="w-full table-fixed border-collapse">
          <thead>
            <tr className="text-small text-ink-3">
              <th scope="col" className="w-[132px] py-1 text-left font-regular max-md:w-[84px]">
                Fact
              </th>
              <th scope="col" className="px-2 py-1 text-left font-regular tabular-nums">
                #{props.before.head.number}
              </th>
              <th scope="col" className="py-1 pl-2 text-left font-regular tabular-nums">
                #{props.after.head.number}
              </th>
            </tr>
          </thead>
          <tbody>
            {changed.map((row) => (
              <tr key={row.name} className="border-t border-line align-baseline">
                <th scope="row" className="py-1.5 text-left font-regular text-ink-3">
                  {row.name}
                </th>
                <Value text={row.before} title={row.titles?.[0]} isMono={row.isMono} className="px-2" />
                <Value text={row.after} title={row.titles?.[1]} isMono={row.isMono} className="pl-2" isNew />
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {alike.length > 0 && (
        <details>
          <summary className="w-max text-small text-ink-3 touch:min-h-touch">
            {formatCountOf(alike.length, 'fact')} alike
          </summary>
          <dl className="mt-1.5 grid grid-cols-[132px_minmax(0,1fr)] gap-x-2 gap-y-1 max-md:grid-cols-[84px_minmax(0,1fr)]">
            {alike.map((row) => (
              <div key={row.name} className="contents">
                <dt className="text-ink-3">{row.name}</dt>
                <dd
                  className={`wrap-anywhere ${row.isMono ? 'font-mono text-small' : ''}`}
                  title={row.titles?.[0]}
                >
                  {row.before}
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </Part>
  );
}

function Value(props: {
  readonly text: string;
  readonly title: string | undefined;
  readonly isMono: boolean | undefined;
  readonly className: string;
  readonly isNew?: boolean;
}) {
  const look = `${props.isMono ? 'font-mono text-small' : ''} ${props.isNew ? 'font-medium' : 'text-ink-2'}`;
  return (
    <td className={`py-1.5 wrap-anywhere ${look} ${props.className}`} title={props.title}>
      {props.text}
    </td>
  );
}

function rowsOf(props: Parameters<typeof FactChanges>[0]): readonly FactRow[] {
  const { before, after, comparison } = props;
  const of = (name: string, value: (build: ComparedBuild) => string | null | undefined): FactRow => ({
    name,
    before: value(before) ?? none,
    after: value(after) ?? none,
  });
  const digest = (name: string, value: (build: ComparedBuild) => string | undefined): FactRow => {
    const [old, current] = [value(before), value(after)];
    return {
      name,
      before: old === undefined ? none : formatDigest(old),
      after: current === undefined ? none : formatDigest(current),
      titles: [old, current],
      isMono: true,
    };
  };
  const pair = (
    name: string,
    values: { readonly before: number | null; readonly after: number | null },
    format: (value: number) => string,
  ): FactRow => ({
    name,
    before: values.before === null ? none : format(values.before),
    after: values.after === null ? none : format(values.after),
  });
  const text = (name: string, values: { readonly before: string | null; readonly after: string | null }) => ({
    name,
    before: values.before ?? none,
    after: values.after ?? none,
  });
  return [
    of('State', ({ view }) => stateWords[view.state]),
    of('Image', ({ head: { image } }) => image && `${image.name} r${image.revision}`),
    { ...of('Reference', ({ head }) => head.reference), isMono: true },
    of('Platform', ({ head }) => head.platform),
    digest('Index', ({ view }) => view.facts.indexDigest),
    digest('Base', ({ view }) => view.facts.baseDigest),
    digest('Result', ({ view }) => view.facts.resultDigest),
    text('System', comparison.os),
    text('Python', comparison.python),
    pair('Size', comparison.sizeBytes, formatBytes),
    pair('Took', comparison.totalMs, formatDuration),
    text('Secret', comparison.secret),
    text('Step secrets', comparison.stepSecrets),
    of('Cache', ({ cachePolicy }) => cacheWords[cachePolicy]),
    of('Engine', ({ view: { facts } }) => facts.engine && `${facts.engine.name}, ${facts.engine.isolation}`),
    of('Asked by', ({ head }) => head.requesterName),
  ];
}

/** Of what a build has not, or of which nothing is known. */
const none = '–';

const stateWords: Readonly<Record<ComparedBuild['view']['state'], string>> = {
  queued: 'Queued',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const cacheWords: Readonly<Record<string, string>> = {
  use: 'Used',
  force: 'Replaced: forced',
  ignore: 'Ignored',
};
