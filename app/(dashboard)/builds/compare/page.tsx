import { ArrowLeftRight } from 'lucide-react';
import type { Metadata } from 'next';
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
import { type ComparedEnd, missingEnd, readEnd } from './_components/compared-end.ts';
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
  const asked = await searchParams;
  const [from, to] = [readEnd(asked.a).number, readEnd(asked.b).number];
  return { title: from === null || to === null ? 'Compare builds' : `#${from} and #${to}` };
}

/** Two builds side by side: `?a=11&b=12`. With `b` alone, `a` is the last build of the same image before it. */
export default async function ComparePage({ searchParams }: ComparePageProps) {
  const scope = await requireScope();
  const asked = await searchParams;
  const [from, to] = await Promise.all([findEnd(scope, readEnd(asked.a)), findEnd(scope, readEnd(asked.b))]);
  const after = to.build;
  const isAlone = from.end.text === '' && after !== null;
  const before = isAlone ? await findBefore(scope, after) : from.build;
  if (before === null || after === null) {
    return (
      <>
        <PageHeader crumbs={crumbs} title="Compare builds" />
        <BuildChooser from={from.end} to={to.end} isAlone={isAlone} />
      </>
    );
  }
  const comparison = compareBuilds(before, after);
  return (
    <>
      <PageHeader
        crumbs={crumbs}
        title={`#${before.head.number} and #${after.head.number}`}
        actions={
          !comparison.isSame && (
            <Button
              size="sm"
              icon={<ArrowLeftRight />}
              href={`/builds/compare?a=${after.head.number}&b=${before.head.number}`}
            >
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
      <BuildChooser from={readEnd('')} to={readEnd(String(build.head.number))} isAlone={false} />
    </div>
  );
}

/** The build that an end names; null, and the end says why, when the workspace has none such. */
async function findEnd(scope: Scope, end: ComparedEnd) {
  const build = end.number === null ? null : await findCompared(scope, end.number);
  return { build, end: end.number !== null && build === null ? missingEnd(end.text) : end };
}

async function findBefore(scope: Scope, { head }: ComparedBuild): Promise<ComparedBuild | null> {
  const number = await findBuildBefore({ scope, number: head.number });
  return number === null ? null : findCompared(scope, number);
}

async function findCompared(scope: Scope, number: number): Promise<ComparedBuild | null> {
  try {
    return await readCompared({ scope, number });
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
