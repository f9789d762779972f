'use client';

import Link from 'next/link';
import { type FormEvent, useRef, useState, useTransition } from 'react';
import { Button, buttonClass } from '#app/_components/button.tsx';
import { ErrorPanel } from '#app/_components/error-panel.tsx';
import { KeyCap } from '#app/_components/key-cap.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { useModifier } from '#app/_components/use-modifier.ts';
import { builtStepsOf, type Definition } from '#lib/images/schema.ts';
import { EngineGap } from '../../../_components/engine-gap.tsx';
import { PreflightPanel } from '../../../_components/preflight-panel.tsx';
import type { PullsLeftFacts } from '../../../_components/pulls-left-facts.ts';
import { SplitForm } from '../../../_components/split-form.tsx';
import { DefinitionEditor } from '../../../_components/steps/definition-editor.tsx';
import { checkSteps, type StepDraft, type StepProblem } from '../../../_components/steps/steps-draft.ts';
import { StepsEditor } from '../../../_components/steps/steps-editor.tsx';
import { useSafeRefresh } from '../../../_components/use-safe-refresh.ts';
import { askToSave, askToStart } from '../../_components/ask-server.ts';
import type { Refusal } from '../../refusal.ts';
import { BaseFields } from './base-fields.tsx';
import {
  type BuildDraft,
  baseOf,
  definitionOf,
  draftOf,
  type ImageNow,
  type SecretChoice,
  standingOf,
} from './build-draft.ts';
import { Course } from './course.tsx';
import { DraftLine } from './draft-line.tsx';
import { ImageChanged, ImageDeleted } from './image-changed.tsx';
import { ImageNameField, nameProblem } from './image-name-field.tsx';
import { failedCheckOf, PreflightCaution } from './preflight-caution.tsx';
import { splitRefusal } from './split-refusal.ts';
import { useFirstProblem } from './use-first-problem.ts';
import { useFormPreflight } from './use-form-preflight.ts';
import { type DraftKeeper, useKeptWhileTyped } from './use-kept-while-typed.ts';

/** What the form offers and shows, whatever is typed. */
export interface BuildFormFacts {
  /** The image that is edited, as it is now; null where the form edits none. */
  readonly now: ImageNow | null;
  readonly secrets: readonly SecretChoice[];
  /** Names of the custom secrets that steps may take. */
  readonly stepSecrets: readonly string[];
  readonly pulls: readonly PullsLeftFacts[];
  /** Why steps cannot run now; null when they can. */
  readonly engineGap: { readonly why: string; readonly next: string } | null;
  /** Of one file that is uploaded. */
  readonly uploadBytesMax: number;
}

export interface BuildFormProps extends BuildFormFacts {
  /** What it begins with. One that comes later changes nothing that is typed. */
  readonly start: BuildDraft;
  /** When `start` was kept, if it is an earlier draft. */
  readonly keptAt: string | null;
  readonly keeper: DraftKeeper;
  readonly onDiscardDraft: () => void;
}

export function BuildForm(props: BuildFormProps) {
  const { secrets, now, keeper } = props;
  const [start, setStart] = useState(props.start);
  const [draft, setDraft] = useState(start);
  const [takenTimes, setTakenTimes] = useState(0);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isSubmitted, setSubmitted] = useState(false);
  const [isStarting, startBuilding] = useTransition();
  const form = useRef<HTMLFormElement>(null);
  const showFirstProblem = useFirstProblem(form);
  const { refresh } = useSafeRefresh();
  const sent = useKeptWhileTyped({ draft, start, keeper });
  const modifier = useModifier();

  const base = baseOf(draft, secrets);
  const { read, secret, secretName } = base;
  const isHeldBack = base.secretProblem !== undefined;
  const preflight = useFormPreflight({ read, platform: draft.platform, secretName, isHeldBack });
  const failedAt = failedCheckOf(preflight.run);
  const { steps, problems } = checkSteps(draft.steps);
  const definition = read.state === 'read' ? definitionOf({ read, draft, secretName, steps }) : null;
  const said = splitRefusal(refusal, { controls, stepCount: steps.length });
  const standing = standingOf(draft, now);
  if (standing.state === 'newer' && draft === start && props.start !== start) {
    // Nobody has typed on the revision that is shown, so the newer one takes its place.
    setStart(props.start);
    setDraft(props.start);
  }
  const isStale = standing.state !== 'same' && said.panel !== null && staleCodes.has(said.panel.code);

  function change(next: Partial<BuildDraft>) {
    setDraft((last) => ({ ...last, ...next }));
    setRefusal(null);
    if (next.text !== undefined) setSubmitted(false);
  }

  /** A definition in place of all that was typed. */
  function take(taken: Definition) {
    change(draftOf(taken, draft));
    setTakenTimes(takenTimes + 1);
  }

  function submit(event?: FormEvent) {
    event?.preventDefault();
    if (standing.state === 'same') send(draft);
    else showFirstProblem();
  }

  /** Saves upon another revision than the one that was typed on; null makes a new image. */
  function saveUpon(basedOn: number | null) {
    change({ basedOn });
    send({ ...draft, basedOn });
  }

  function send({ imageName, basedOn }: BuildDraft) {
    if (isStarting) return;
    setSubmitted(true);
    const isWrong = isHeldBack || problems.size > 0 || nameProblem(imageName) !== undefined;
    if (definition === null || isWrong) return showFirstProblem();
    startBuilding(async () => {
      const refused = await sent(() =>
        imageName === null
          ? askToStart(buildOf(definition))
          : askToSave({ name: imageName, definition, basedOn }),
      );
      setRefusal(refused);
      showFirstProblem();
      if (staleCodes.has(refused.report.code)) await refresh();
    });
  }

  useShortcut('mod+enter', () => submit());

  return (
    <SplitForm
      ref={form}
      onSubmit={submit}
      guide={
        <Course
          read={read}
          secret={secret}
          platform={draft.platform}
          preview={definition !== null && (steps.length > 0 || draft.python !== null) ? definition : null}
          editor={<DefinitionEditor definition={definition} onTake={take} />}
        />
      }
      caution={failedAt && <PreflightCaution failedAt={failedAt} />}
      note={<span className="font-mono text-small">{read.state === 'read' ? read.whole : ''}</span>}
      actions={
        <>
          <Link href={backFrom(draft)} onClick={keeper.forget} className={buttonClass({ variant: 'ghost' })}>
            Discard
          </Link>
          {draft.imageName === null && (draft.steps.length > 0 || draft.python !== null) && (
            <Button onClick={() => change({ imageName: '' })}>Save as image</Button>
          )}
          <Button type="submit" variant="primary" isBusy={isStarting} busyLabel="Starting">
            {draft.imageName === null ? 'Start build' : 'Save and build'}
            <KeyCap isOnInk>{modifier === '⌘' ? '⌘↵' : 'Ctrl ↵'}</KeyCap>
          </Button>
        </>
      }
    >
      {props.keptAt !== null && <DraftLine keptAt={props.keptAt} onDiscard={props.onDiscardDraft} />}
      <div data-problem tabIndex={-1} className="grid gap-3 outline-none empty:hidden">
        {standing.state === 'newer' && (
          <ImageChanged
            name={draft.imageName ?? ''}
            newest={standing.newest}
            isSaving={isStarting}
            onSaveOver={() => saveUpon(standing.newest.number)}
          />
        )}
        {standing.state === 'deleted' && (
          <ImageDeleted name={now?.name ?? ''} isSaving={isStarting} onSaveAsNew={() => saveUpon(null)} />
        )}
        {said.panel !== null && !isStale && <ErrorPanel report={said.panel} />}
      </div>
      {draft.imageName !== null && (
        <ImageNameField
          name={draft.imageName}
          isKept={draft.basedOn !== null && standing.state !== 'deleted'}
          isNamedNow={start.imageName === null}
          isSubmitted={isSubmitted}
          error={said.controls.name}
          onChange={(imageName) => change({ imageName, basedOn: null })}
        />
      )}
      <BaseFields
        key={`base ${takenTimes}`}
        start={start}
        draft={draft}
        base={base}
        secrets={secrets}
        pulls={props.pulls}
        isSubmitted={isSubmitted}
        errors={said.controls}
        onChange={change}
      />
      <PreflightPanel
        title="Preflight"
        run={preflight.run}
        isAutomatic
        lead="Runs when the reference is complete; nothing is pulled"
        actLabel="Check again"
        onAct={preflight.again}
        actDisabledReason={preflight.isReady ? undefined : 'Complete the reference first'}
      />
      {props.engineGap !== null && draft.steps.length > 0 && <EngineGap gap={props.engineGap} />}
      <StepsEditor
        key={`steps ${takenTimes}`}
        drafts={draft.steps}
        onChange={(next) => change({ steps: next })}
        problems={new Map([...problems, ...byId(draft.steps, said.steps)])}
        base={read.state === 'read' ? read.whole : undefined}
        secrets={props.stepSecrets}
        python={draft.python}
        uploadBytesMax={props.uploadBytesMax}
      />
    </SplitForm>
  );
}

/** The form's control for each field of a refusal; the specification and the queue call the base's secret differently. */
const controls = {
  name: 'name',
  reference: 'reference',
  secret: 'secret',
  secretName: 'secret',
  platform: 'platform',
} as const;

/** Refusals by which one learns that the image is not as this page knows it. */
const staleCodes: ReadonlySet<string> = new Set(['revision_conflict', 'not_found']);

function buildOf({ reference, platform, secret, ...rest }: Definition) {
  return { reference, platform, secretName: secret, steps: [...builtStepsOf(rest)] };
}

/** What was said of the steps of a definition, at the drafts that they come from: one that says nothing yet is no step. */
function byId(
  drafts: readonly StepDraft[],
  said: ReadonlyMap<number, StepProblem>,
): readonly [number, StepProblem][] {
  if (said.size === 0) return [];
  const ids = drafts.filter((draft) => checkSteps([draft]).steps.length > 0).map(({ id }) => id);
  return [...said].flatMap(([index, problem]): [number, StepProblem][] => {
    const id = ids[index];
    return id === undefined ? [] : [[id, problem]];
  });
}

/** The page that this one was most likely reached from. */
function backFrom({ imageName, basedOn }: BuildDraft): string {
  if (imageName === null) return '/';
  return basedOn === null ? '/images' : `/images/${encodeURIComponent(imageName)}`;
}
