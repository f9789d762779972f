import { Note } from '#app/_components/note.tsx';
import type { BuildComparison, ComparedBuild } from '#lib/builds/compare.ts';
import { formatCount } from '#lib/builds/format.ts';
import { PackageTable } from './package-table.tsx';
import { Part } from './part.tsx';

/** Which packages came, went, or have another version; or why that cannot be told. */
export function PackageChanges(props: {
  readonly before: ComparedBuild;
  readonly after: ComparedBuild;
  readonly comparison: BuildComparison;
}) {
  const { before, after, comparison } = props;
  const { packages, packagesAlike } = comparison;
  if (packages === null) {
    const unknown = [before, after].filter(({ contents }) => contents === null);
    return (
      <Part title="Packages">
        <Note>{unknown.map(whyUnknown).join(' ')}</Note>
      </Part>
    );
  }
  const unread = [before, after].flatMap(({ head, contents }) =>
    (contents?.unread ?? []).map((sentence) => `#${head.number}: ${sentence}`),
  );
  const countOf = (...ways: readonly string[]) => packages.filter(({ way }) => ways.includes(way)).length;
  const parts = [
    [countOf('added'), 'added'],
    [countOf('removed'), 'removed'],
    [countOf('up'), 'newer'],
    [countOf('down'), 'older'],
    [countOf('other'), 'changed'],
    [packagesAlike, 'alike'],
  ] as const;
  const sum = parts.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`);
  return (
    <Part title="Packages" sum={sum.length === 0 ? 'None in either' : sum.join(', ')}>
      {unread.length > 0 && <Note>{unread.join(' ')}</Note>}
      {packages.length > 0 && (
        <PackageTable changes={packages} numbers={[before.head.number, after.head.number]} />
      )}
    </Part>
  );
}

function whyUnknown({ head, view }: ComparedBuild): string {
  if (view.state === 'succeeded') {
    return `What is in the image of #${head.number} was not kept: builds of that time did not look. Re-run it and compare the new build; what is in the cache is not run again.`;
  }
  return `#${head.number} came to no image, so there are no packages to compare.`;
}
