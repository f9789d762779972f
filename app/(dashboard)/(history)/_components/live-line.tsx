import { Meter } from '#app/_components/meter.tsx';
import { formatBytes, formatBytesOf, formatCountOf, formatRate, formatTimeLeft } from '#lib/builds/format.ts';
import type { StageName } from '#lib/builds/schema.ts';
import type { BuildRow } from '#lib/builds/types.ts';
import { progressShare } from './row-figures.ts';

/** The second line of a row under way: how far, with what, and how long it may take. */
export function LiveLine(props: { readonly row: BuildRow }) {
  const { row } = props;
  const share = progressShare(row);
  const stage = row.stage ?? 'authenticate';
  const left = row.progress?.secondsLeft ?? null;
  return (
    <div className="grid grid-cols-[296px_minmax(0,1fr)_auto] items-center gap-x-4 gap-y-[7px] text-small text-ink-2 tabular-nums max-[1100px]:grid-cols-[160px_minmax(0,1fr)_auto] max-[900px]:grid-cols-[96px_minmax(0,1fr)] max-md:grid-cols-1">
      <Meter
        label={`Build ${row.number} ${stage}`}
        share={share ?? 0}
        valueText={share === null ? stageVerbs[stage] : doneText(row)}
        className="max-md:order-1"
      />
      <span className="cut">
        <span className="font-medium text-ink">{stageVerbs[stage]}</span> {detailOf(row)}
      </span>
      <span className="text-ink-3 max-[900px]:hidden max-md:order-2 max-md:block max-md:empty:hidden">
        {left !== null && stage === 'pull' && `${formatTimeLeft(left)} of pull left`}
      </span>
    </div>
  );
}

const stageVerbs: Readonly<Record<StageName, string>> = {
  authenticate: 'Authenticate',
  resolve: 'Resolve',
  pull: 'Pull',
  check: 'Check',
  steps: 'Steps',
  publish: 'Publish',
};

function doneText({ progress, totalBytes }: BuildRow): string {
  return formatBytesOf(progress?.doneBytes ?? 0, totalBytes ?? 0);
}

function detailOf(row: BuildRow): string {
  const { progress, totalBytes, layerCount } = row;
  const layers = layerCount === null ? [] : [formatCountOf(layerCount, 'layer')];
  if (row.stage !== 'pull' || progress === null) {
    return [...layers, ...(totalBytes === null ? [] : [formatBytes(totalBytes)])].join(', ');
  }
  const rate = progress.bytesPerSecond > 0 ? ` at ${formatRate(progress.bytesPerSecond)}` : '';
  return [...layers, ...(totalBytes === null ? [] : [`${doneText(row)}${rate}`])].join(', ');
}
