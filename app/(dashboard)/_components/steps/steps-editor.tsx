'use client';

import { ChevronDown, ChevronUp, Plus, X } from 'lucide-react';
import { Button } from '#app/_components/button.tsx';
import { IconButton } from '#app/_components/icon-button.tsx';
import { Menu } from '#app/_components/menu.tsx';
import { useFocusNext } from '#app/_components/use-focus-next.ts';
import { formatCountOf } from '#lib/builds/format.ts';
import type { StepKind } from '#lib/images/schema.ts';
import { StepFields } from './step-fields.tsx';
import {
  commonKinds,
  moved,
  newStep,
  nextId,
  otherKinds,
  type StepDraft,
  type StepProblem,
} from './steps-draft.ts';

export interface StepsEditorProps {
  readonly drafts: readonly StepDraft[];
  readonly onChange: (drafts: readonly StepDraft[]) => void;
  /** By the id of the step. */
  readonly problems: ReadonlyMap<number, StepProblem>;
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
  const focusNext = useFocusNext();

  function add(kind: StepKind) {
    const id = nextId(drafts);
    onChange([...drafts, newStep(kind, id)]);
    focusNext(() => document.querySelector<HTMLElement>(`#step-${id}-fields :is(input, textarea, button)`));
  }

  /** A step that goes down is taken out of the page and put back, which costs its buttons the focus. */
  function move(index: number, by: -1 | 1, button: HTMLElement) {
    onChange(moved(drafts, index, by));
    focusNext(() => button);
  }

  function remove(index: number) {
    const rest = drafts.toSpliced(index, 1);
    const neighbour = rest[Math.min(index, rest.length - 1)];
    const place =
      neighbour === undefined ? '#add-steps button' : `#step-${neighbour.id}-acts button:last-child`;
    onChange(rest);
    focusNext(() => document.querySelector<HTMLElement>(place));
  }

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
          const id = `step-${draft.id}`;
          return (
            <Node key={draft.id} number={index + 1} hasNext={index + 1 < drafts.length}>
              <div className="flex min-h-9 items-center gap-2 pr-1.5 pl-3">
                <code className="font-mono text-small font-medium">{draft.kind}</code>
                <span className="cut text-small text-ink-3">{remarkOf(draft)}</span>
                <span id={`${id}-acts`} className="ml-auto flex">
                  <IconButton
                    size="sm"
                    label={`Move step ${index + 1} up`}
                    icon={<ChevronUp />}
                    isDisabled={index === 0}
                    onClick={({ currentTarget }) => move(index, -1, currentTarget)}
                  />
                  <IconButton
                    size="sm"
                    label={`Move step ${index + 1} down`}
                    icon={<ChevronDown />}
                    isDisabled={index === drafts.length - 1}
                    onClick={({ currentTarget }) => move(index, 1, currentTarget)}
                  />
                  <IconButton
                    size="sm"
                    label={`Remove step ${index + 1}`}
                    icon={<X />}
                    onClick={() => remove(index)}
                  />
                </span>
              </div>
              <div id={`${id}-fields`} className="px-3 pb-3">
                <StepFields
                  id={id}
                  number={index + 1}
                  draft={draft}
                  onChange={(next) => change(index, next)}
                  secrets={props.secrets}
                  problem={props.problems.get(draft.id)}
                  uploadBytesMax={props.uploadBytesMax}
                />
              </div>
            </Node>
          );
        })}
      </ol>
      <div id="add-steps" className="mt-0.5 flex flex-wrap gap-1.5 pl-9">
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
