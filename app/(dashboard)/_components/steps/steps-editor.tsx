'use client';

import { ChevronDown, ChevronUp, Plus, X } from 'lucide-react';
import { Button } from '#app/_components/button.tsx';
import { FieldNotes } from '#app/_components/field.tsx';
import { IconButton } from '#app/_components/icon-button.tsx';
import { Menu } from '#app/_components/menu.tsx';
import { formatCountOf } from '#lib/builds/format.ts';
import type { StepKind } from '#lib/images/schema.ts';
import { StepFields } from './step-fields.tsx';
import { commonKinds, moved, newStep, nextId, otherKinds, type StepDraft } from './steps-draft.ts';

export interface StepsEditorProps {
  readonly drafts: readonly StepDraft[];
  readonly onChange: (drafts: readonly StepDraft[]) => void;
  /** By the id of the step. */
  readonly problems: ReadonlyMap<number, string>;
  /** What the steps stand on: a reference, or undefined while there is none. */
  readonly base: string | undefined;
  /** Names of the custom secrets that steps may take. */
  readonly secrets: readonly string[];
  /** The Python that is put into the base; null for none. */
  readonly python: string | null;
  /** Of one file that is uploaded. */
  readonly uploadBytesMax: number;
}

/** The steps of a build in their order, each with its own fields. */
export function StepsEditor(props: StepsEditorProps) {
  const { drafts, onChange } = props;
  const change = (index: number, draft: StepDraft) => onChange(drafts.with(index, draft));
  const add = (kind: StepKind) => onChange([...drafts, newStep(kind, nextId(drafts))]);
  return (
    <section aria-labelledby="steps-editor">
      <h2 id="steps-editor" className="mb-2.5 font-semibold">
        Steps <span className="ml-1 font-regular text-ink-3">Run in order on top of the base</span>
      </h2>
      <ol>
        <Node number={0} isBase hasNext={drafts.length > 0}>
          <p className="flex min-h-9 items-center px-3 font-mono text-small wrap-anywhere">
            {props.base ?? <span className="font-sans text-ink-3">The image that the reference names</span>}
            {props.python !== null && (
              <span className="ml-2 font-sans text-ink-3">with Python {props.python}</span>
            )}
          </p>
        </Node>
        {drafts.map((draft, index) => {
          const problem = props.problems.get(draft.id);
          const id = `step-${draft.id}`;
          return (
            <Node key={draft.id} number={index + 1} hasNext={index + 1 < drafts.length}>
              <div className="flex min-h-9 items-center gap-2 pr-1.5 pl-3">
                <code className="font-mono text-small font-medium">{draft.kind}</code>
                <span className="cut text-small text-ink-3">{remarkOf(draft)}</span>
                <span className="ml-auto flex">
                  <IconButton
                    size="sm"
                    label={`Move step ${index + 1} up`}
                    icon={<ChevronUp />}
                    isDisabled={index === 0}
                    onClick={() => onChange(moved(drafts, index, -1))}
                  />
                  <IconButton
                    size="sm"
                    label={`Move step ${index + 1} down`}
                    icon={<ChevronDown />}
                    isDisabled={index === drafts.length - 1}
                    onClick={() => onChange(moved(drafts, index, 1))}
                  />
                  <IconButton
                    size="sm"
                    label={`Remove step ${index + 1}`}
                    icon={<X />}
                    onClick={() => onChange(drafts.toSpliced(index, 1))}
                  />
                </span>
              </div>
              <div className="px-3 pb-3">
                <StepFields
                  id={id}
                  number={index + 1}
                  draft={draft}
                  onChange={(next) => change(index, next)}
                  secrets={props.secrets}
                  isWrong={problem !== undefined}
                  uploadBytesMax={props.uploadBytesMax}
                />
                <FieldNotes id={id} error={problem} />
              </div>
            </Node>
          );
        })}
      </ol>
      <div className="mt-0.5 flex flex-wrap gap-1.5 pl-9">
        {commonKinds.map((kind) => (
          <Button key={kind} size="sm" icon={<Plus />} aria-label={`Add ${kind}`} onClick={() => add(kind)}>
            <code className="font-mono text-small">{kind}</code>
          </Button>
        ))}
        <Menu
          label="Add another kind of step"
          variant="outline"
          items={otherKinds.map((kind) => ({ label: kind, onSelect: () => add(kind) }))}
        />
      </div>
    </section>
  );
}

function Node(props: {
  readonly number: number;
  readonly isBase?: boolean;
  readonly hasNext: boolean;
  readonly children: React.ReactNode;
}) {
  return (
    <li className="relative grid grid-cols-[28px_minmax(0,1fr)] gap-2 pb-2">
      {props.hasNext && (
        <span aria-hidden className="absolute top-[30px] -bottom-2 left-[13px] w-0.5 bg-line-strong" />
      )}
      <span
        aria-hidden
        className={`mt-[9px] grid h-[18px] w-[22px] place-items-center justify-self-center text-micro font-semibold tabular-nums rake-both-18 ${props.isBase ? 'bg-plate-reused text-ink' : 'bg-plate-set text-surface'}`}
      >
        {props.number}
      </span>
      <div className="min-w-0 rounded-lg inset-ring inset-ring-line">{props.children}</div>
    </li>
  );
}

function remarkOf(draft: StepDraft): string {
  if (draft.kind === 'add_file') return '';
  if ('packages' in draft) return formatCountOf(draft.packages.length, 'package');
  if (draft.kind === 'env')
    return formatCountOf(draft.rows.filter(({ name }) => name !== '').length, 'variable');
  if ('text' in draft) {
    const count = draft.text.split('\n').filter((line) => line.trim() !== '').length;
    return formatCountOf(count, draft.kind === 'entrypoint' || draft.kind === 'cmd' ? 'argument' : 'command');
  }
  return '';
}
