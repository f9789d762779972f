import { ChevronRight, Pencil } from 'lucide-react';
import { Button } from '#app/_components/button.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatCountOf } from '#lib/builds/format.ts';
import { type DefinitionChanges, summaryOfChanges } from '#lib/images/definition-changes.ts';
import type { RevisionRow } from '#lib/images/types.ts';
import { DefinitionPreview } from '../../../_components/steps/definition-preview.tsx';
import { StepChangeList } from '../../../_components/steps/step-change-list.tsx';

/** What each edit changed, by whom; opened, the difference, the whole, and the way back to it. */
export function Revisions(props: { readonly name: string; readonly revisions: readonly RevisionRow[] }) {
  const { name, revisions } = props;
  return (
    <section aria-label="Revisions">
      <h2 className="mb-2 font-semibold">Revisions</h2>
      <ul className="grid grid-cols-[minmax(0,1fr)]">
        {revisions.map((revision, at) => (
          <li key={revision.number} className="border-t border-line py-2 first:border-t-0">
            <details className="group">
              <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 touch:min-h-touch">
                <ChevronRight
                  aria-hidden
                  className="-mr-1.5 size-3.5 self-center text-ink-3 group-open:rotate-90"
                />
                <span className="font-medium tabular-nums">r{revision.number}</span>
                <span className="min-w-0 flex-1 wrap-anywhere max-md:basis-[60%]">{summaryOf(revision)}</span>
                <span className="text-small text-ink-3">
                  {revision.createdByName} · <Age at={revision.createdAt} />
                </span>
              </summary>
              {/* An address that ends in it opens the revision. */}
              <div
                id={`r${revision.number}`}
                className="mt-2 grid scroll-mt-12 grid-cols-[minmax(0,1fr)] gap-3"
              >
                {revision.changes !== null && <Changes changes={revision.changes} />}
                <div className="rounded-md bg-surface-sunken inset-ring inset-ring-line">
                  <DefinitionPreview definition={revision.definition} />
                </div>
                {at > 0 && (
                  <div>
                    <Button
                      size="sm"
                      icon={<Pencil />}
                      href={`/builds/new?image=${encodeURIComponent(name)}&revision=${revision.number}`}
                    >
                      Edit from r{revision.number}
                    </Button>
                  </div>
                )}
              </div>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

function summaryOf({ number, changes, definition }: RevisionRow): string {
  if (changes !== null) return summaryOfChanges(changes);
  const steps = formatCountOf(definition.steps.length, 'step');
  return number === 1 ? `Begun with ${steps}` : steps;
}

function Changes({ changes: { fields, steps } }: { readonly changes: DefinitionChanges }) {
  return (
    <>
      {fields.length > 0 && (
        <dl className="grid grid-cols-[84px_minmax(0,1fr)] gap-x-2 gap-y-1">
          {fields.map(({ name, before, after }) => (
            <div key={name} className="contents">
              <dt className="text-ink-3">{name}</dt>
              <dd className="font-mono text-small wrap-anywhere">
                <span className="text-ink-3">{before ?? 'none'}</span> -&gt; {after ?? 'none'}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {steps.length > 0 && <StepChangeList steps={steps} />}
    </>
  );
}
