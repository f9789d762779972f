import { classNames } from '#app/_components/class-names.ts';
import type { Pair } from '#lib/builds/compare.ts';
import { formatDelta } from '#lib/builds/format.ts';
import { Delta } from './part.tsx';

export interface PairRow extends Pair<number> {
  readonly key: string;
  readonly label: string;
  readonly code: string | null;
  /** Shown as what was there before, and not as what was made. */
  readonly isQuiet: boolean;
}

/** Figures of two builds in rows, each with two bars on one scale: the first above the second. */
export function PairTable(props: {
  readonly label: string;
  readonly numbers: readonly [number, number];
  readonly rows: readonly PairRow[];
  readonly total: Pair<number> | null;
  readonly format: (amount: number) => string;
}) {
  const { rows, total, format } = props;
  const largest = Math.max(1, ...rows.flatMap(({ before, after }) => [before ?? 0, after ?? 0]));
  return (
    <table aria-label={props.label} className="w-full table-fixed border-collapse">
      <thead>
        <tr className="text-small text-ink-3">
          <th scope="col" className="w-[38%] py-1 text-left font-regular max-md:w-auto">
            From
          </th>
          <td className="max-lg:hidden" />
          {props.numbers.map((number) => (
            <th
              key={number}
              scope="col"
              className="w-[92px] py-1 pl-2 text-right font-regular tabular-nums max-md:w-[72px]"
            >
              #{number}
            </th>
          ))}
          <th scope="col" className="w-[104px] py-1 pl-2 text-right font-regular max-md:w-[80px]">
            Difference
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} className="border-t border-line">
            <th scope="row" title={row.code ?? row.label} className="cut py-1.5 pr-3 text-left font-regular">
              <span className="mr-1.5 text-small text-ink-3">{row.label}</span>
              {row.code !== null && <code className="font-mono text-small">{row.code}</code>}
            </th>
            <td aria-hidden className="py-1.5 max-lg:hidden">
              <Bar share={(row.before ?? 0) / largest} look="bg-plate-reused" />
              <Bar
                share={(row.after ?? 0) / largest}
                look={row.isQuiet ? 'bg-plate-reused' : 'bg-plate-set'}
              />
            </td>
            <Figures pair={row} format={format} />
          </tr>
        ))}
      </tbody>
      {total !== null && (
        <tfoot>
          <tr className="border-t border-line-strong">
            <th scope="row" className="py-1.5 text-left font-medium">
              Together
            </th>
            <td className="max-lg:hidden" />
            <Figures pair={total} format={format} />
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function Figures({
  pair,
  format,
}: {
  readonly pair: Pair<number>;
  readonly format: (amount: number) => string;
}) {
  const { before, after } = pair;
  const delta = before === null || after === null ? null : formatDelta(after - before, format);
  return (
    <>
      {[before, after].map((amount, at) => (
        <td
          // biome-ignore lint/suspicious/noArrayIndexKey: the first and the second build.
          key={at}
          className={classNames(
            'py-1.5 pl-2 text-right whitespace-nowrap tabular-nums max-md:text-small',
            at === 0 && 'text-ink-2',
          )}
        >
          {amount === null ? <span className="text-ink-3">–</span> : format(amount)}
        </td>
      ))}
      <td className="py-1.5 pl-2 text-right whitespace-nowrap tabular-nums max-md:text-small">
        <Delta text={delta} />
      </td>
    </>
  );
}

function Bar({ share, look }: { readonly share: number; readonly look: string }) {
  return share === 0 ? (
    <span className="block h-[7px]" />
  ) : (
    <span
      className={`block h-[7px] min-w-1 rake-7 ${look}`}
      style={{ width: `${(share * 92).toFixed(1)}%` }}
    />
  );
}
