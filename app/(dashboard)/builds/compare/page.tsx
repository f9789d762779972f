import { ArrowLeftRight } from 'lucide-react';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { Button } from '#app/_components/button.tsx';
import { Note } from '#app/_components/note.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';
import { requireScope } from '#lib/auth/session.ts';
import { type ComparedBuild, compareBuilds } from '#lib/builds/compare.ts';
import { findBuildBefore } from '#lib/builds/data.ts';
import { readCompared } from '#lib/builds/read-comparison.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { BuildChooser } from './_components/build-chooser.tsx';
import { ComparedHeads } from './_components/compared-heads.tsx';
import { DefinitionChanges } from './_components/definition-changes.tsx';
import { FactChanges } from './_components/fact-changes.tsx';
import { PackageChanges } from './_components/package-changes.tsx';
import { SizeChanges } from './_components/size-changes.tsx';
import { TimeChanges } from './_components/time-changes.tsx';

interface ComparePageProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export async function generateMetadata({ searchParams }: ComparePageProps): Promise<Metadata> {
  const { a, b } = await searchParams;
  const [from, to] = [numberOf(a), numberOf(b)];
  return { title: from === null || to === null ? 'Compare builds' : `#${from} and #${to}` };
}

/** Two builds side by side: `?a=11&b=12`. With `b` alone, `a` is the last build of the same image before it. */
export default async function ComparePage({ searchParams }: ComparePageProps) {
  const scope = await requireScope();
  const asked = await searchParams;
  const [a, b] = [numberOf(asked.a), numberOf(asked.b)];
  const from = a ?? (b === null ? null : await findBuildBefore({ scope, number: b }));
  if (from === null || b === null) {
    return (
      <>
        <PageHeader crumbs={crumbs} title="Compare builds" />
        <BuildChooser a={from} b={b} />
      </>
    );
  }
  const [before, after] = await findCompared(scope, [from, b]);
  const comparison = compareBuilds(before, after);
  return (
    <>
      <PageHeader
        crumbs={crumbs}
        title={`#${from} and #${b}`}
        actions={
          !comparison.isSame && (
            <Button size="sm" icon={<ArrowLeftRight />} href={`/builds/compare?a=${b}&b=${from}`}>
              Swap
            </Button>
          )
        }
      />
      <ComparedHeads before={before} after={after} />
      {comparison.isSame ? (
        <SameBuild build={before} />
      ) : (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-8 border-t border-line px-6 py-5 max-md:px-4">
          <FactChanges before={before} after={after} comparison={comparison} />
          <PackageChanges before={before} after={after} comparison={comparison} />
          <SizeChanges before={before} after={after} comparison={comparison} />
          <DefinitionChanges comparison={comparison} />
          <TimeChanges before={before} after={after} comparison={comparison} />
        </div>
      )}
    </>
  );
}

const crumbs = [{ label: 'Builds', href: '/' }];

function SameBuild({ build }: { readonly build: ComparedBuild }) {
  return (
    <div className="border-t border-line">
      <div className="px-6 pt-5 max-md:px-4">
        <Note>
          Both are build #{build.head.number}, so nothing differs. Choose another one to compare it with.
        </Note>
      </div>
      <BuildChooser a={null} b={build.head.number} />
    </div>
  );
}

/** A build of another workspace is as absent as one that never was. */
async function findCompared(scope: Scope, numbers: readonly [number, number]) {
  try {
    return await readCompared({ scope, numbers });
  } catch (error) {
    if (error instanceof NotFoundError) notFound();
    throw error;
  }
}

/** Null for what is no number of a build; such an address asks which ones are meant. */
function numberOf(text: string | readonly string[] | undefined): number | null {
  return typeof text === 'string' && /^#?[1-9]\d{0,9}$/.test(text) ? Number(text.replace('#', '')) : null;
}
