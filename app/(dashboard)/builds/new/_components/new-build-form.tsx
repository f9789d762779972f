'use client';

import { type FormEvent, useRef, useState, useTransition } from 'react';
import { Button } from '#app/_components/button.tsx';
import { ChoiceCards } from '#app/_components/choice-cards.tsx';
import { ErrorPanel } from '#app/_components/error-panel.tsx';
import { KeyCap } from '#app/_components/key-cap.tsx';
import { Select } from '#app/_components/select.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { useModifier } from '#app/_components/use-modifier.ts';
import { reportError } from '#lib/errors/report.ts';
import { builtStepsOf, type Definition, imageNameSchema, type Step } from '#lib/images/schema.ts';
import { type RegistryKind, registryKinds } from '#lib/registries/host-kind.ts';
import { missingSecret } from '#lib/secrets/errors.ts';
import { EngineGap } from '../../../_components/engine-gap.tsx';
import { PreflightPanel } from '../../../_components/preflight-panel.tsx';
import type { PullsLeftFacts } from '../../../_components/pulls-left-facts.ts';
import { readReference } from '../../../_components/read-reference.ts';
import { SplitForm } from '../../../_components/split-form.tsx';
import { DefinitionEditor } from '../../../_components/steps/definition-editor.tsx';
import { checkSteps, draftsOf } from '../../../_components/steps/steps-draft.ts';
import { StepsEditor } from '../../../_components/steps/steps-editor.tsx';
import { askToSave, askToStart } from '../../_components/ask-server.ts';
import type { Refusal } from '../../refusal.ts';
import {
  type BuildDraft,
  definitionOf,
  type EditedImage,
  proposalFor,
  type SecretChoice,
  secretProblem,
  sourceAfter,
} from './build-draft.ts';
import { Course } from './course.tsx';
import { platformOptions } from './platforms.ts';
import { failedCheckOf, PreflightCaution } from './preflight-caution.tsx';
import { noPython, pythonOptions } from './pythons.ts';
import { ReferenceField } from './reference-field.tsx';
import { SecretField } from './secret-field.tsx';
import { sourceCards } from './source-cards.tsx';
import { SwitchedSource } from './switched-source.tsx';
import { useFormPreflight } from './use-form-preflight.ts';
import { useSettled } from './use-settled.ts';

export interface NewBuildFormProps {
  readonly start: BuildDraft;
  /** Whether the address chose the secret, so that nothing else does. */
  readonly isSecretChosen: boolean;
  readonly secrets: readonly SecretChoice[];
  /** Names of the custom secrets that steps may take. */
  readonly stepSecrets: readonly string[];
  readonly startSteps: readonly Step[];
  /** The image that is defined here; null for a build that is none's. */
  readonly image: EditedImage | null;
  readonly pulls: readonly PullsLeftFacts[];
  /** Why steps cannot run now; null when they can. */
  readonly engineGap: { readonly why: string; readonly next: string } | null;
  /** Of one file that is uploaded. */
  readonly uploadBytesMax: number;
}

export function NewBuildForm(props: NewBuildFormProps) {
  const { secrets } = props;
  const [draft, setDraft] = useState(props.start);
  const [isSecretChosen, setSecretChosen] = useState(props.isSecretChosen);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isSubmitted, setSubmitted] = useState(false);
  const [drafts, setDrafts] = useState(() => draftsOf(props.startSteps));
  const [imageName, setImageName] = useState(props.image?.name ?? '');
  const [switchedFrom, setSwitchedFrom] = useState<RegistryKind | null>(null);
  const [isStarting, startBuilding] = useTransition();
  const field = useRef<HTMLInputElement>(null);
  const { isSettled, unsettle, settle } = useSettled(props.start.text !== '');

  const read = readReference(draft.text, draft.source);
  const proposal = proposalFor(secrets, read);
  const secretName = isSecretChosen ? draft.secretName : (proposal?.secret?.name ?? null);
  const secret = secrets.find(({ name }) => name === secretName);
  const mismatch = secretProblem(secret, read);
  const missing =
    isSubmitted && read.state === 'empty' ? `Type or paste a reference, such as ${exampleText}.` : undefined;
  const preflight = useFormPreflight({
    read,
    platform: draft.platform,
    secretName,
    isHeldBack: mismatch !== undefined,
  });
  const failedAt = failedCheckOf(preflight.run);
  const { steps, problems } = checkSteps(drafts);
  const definition = read.state === 'read' ? definitionOf({ read, draft, secretName, steps }) : null;
  const problem = (isSettled || isSubmitted) && read.state === 'problem' ? read.problem : undefined;

  function change(next: Partial<BuildDraft>) {
    setDraft((last) => ({ ...last, ...next }));
    setRefusal(null);
  }

  function type(text: string) {
    const source = sourceAfter(text, draft.source);
    if (source !== draft.source) setSwitchedFrom(draft.source);
    change({ text, source });
    setSubmitted(false);
    unsettle();
  }

  function choose(source: RegistryKind) {
    change({ source });
    setSwitchedFrom(null);
    settle();
  }

  /** A definition in place of all that was typed. A secret that there is not is left out, and said. */
  function take({ reference, secret, platform, add_python, steps }: Definition) {
    const isThere = secret === null || secrets.some(({ name }) => name === secret);
    type(reference);
    settle();
    setSecretChosen(true);
    setDrafts(draftsOf(steps));
    change({ platform, python: add_python, secretName: isThere ? secret : null });
    if (!isThere) setRefusal(unknownSecret(secret));
  }

  function pullAsPublic() {
    choose('registry');
    setSecretChosen(true);
    change({ secretName: null });
  }

  function submit(event?: FormEvent) {
    event?.preventDefault();
    if (isStarting) return;
    setSubmitted(true);
    if (read.state !== 'read') return field.current?.focus();
    if (mismatch !== undefined || problems.size > 0) return;
    startBuilding(async () => {
      const { platform } = draft;
      if (props.image === null || definition === null) {
        const built = [...builtStepsOf({ add_python: draft.python, steps: [...steps] })];
        setRefusal(await askToStart({ reference: read.whole, platform, secretName, steps: built }));
        return;
      }
      const { basedOn } = props.image;
      setRefusal(await askToSave({ name: imageName, definition, basedOn }));
    });
  }

  const modifier = useModifier();
  useShortcut('mod+enter', () => submit());

  return (
    <SplitForm
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
          <Button variant="ghost" href={backFrom(props.image)}>
            Discard
          </Button>
          <Button type="submit" variant="primary" isBusy={isStarting} busyLabel="Starting">
            {props.image === null ? 'Start build' : 'Save and build'}
            <KeyCap isOnInk>{modifier === '⌘' ? '⌘↵' : 'Ctrl ↵'}</KeyCap>
          </Button>
        </>
      }
    >
      {refusal !== null && Object.keys(refusal.fields).length === 0 && <ErrorPanel report={refusal.report} />}
      {props.image !== null && (
        <TextField
          label="Image name"
          value={imageName}
          onChange={(name) => {
            setImageName(name);
            setRefusal(null);
          }}
          error={
            (isSubmitted ? imageNameSchema.safeParse(imageName).error?.issues[0]?.message : undefined) ??
            refusal?.fields.name
          }
          hint="Builds of it are found under this name. Lower case, digits and hyphens."
          isReadOnly={props.image.basedOn !== null}
          autoComplete="off"
          maxLength={80}
          isMono
          isRequired
        />
      )}
      <div className="grid gap-2.5">
        <ChoiceCards
          legend="Source"
          name="source"
          value={draft.source}
          onChange={(value) => choose(registryKinds.find((kind) => kind === value) ?? draft.source)}
          options={sourceCards({ secrets, pulls: props.pulls, secret })}
        />
        <SwitchedSource from={switchedFrom} read={read} />
      </div>
      <ReferenceField
        ref={field}
        source={draft.source}
        text={draft.text}
        read={read}
        error={problem ?? missing ?? refusal?.fields.reference}
        onChange={type}
        onBlur={settle}
        onPullAsPublic={pullAsPublic}
      />
      <SecretField
        secrets={secrets}
        read={read}
        secret={secret}
        proposal={proposal}
        isChosen={isSecretChosen}
        error={mismatch ?? refusal?.fields.secretName}
        onChoose={(name) => {
          setSecretChosen(true);
          change({ secretName: name });
        }}
      />
      <Select
        label="Platform"
        value={draft.platform}
        onValueChange={(platform) => change({ platform })}
        options={platformOptions(props.start.platform)}
        error={refusal?.fields.platform}
        isMono
      />
      <Select
        label="Add Python"
        value={draft.python ?? noPython}
        onValueChange={(python) => change({ python: python === noPython ? null : python })}
        options={pythonOptions(props.start.python)}
        hint="For a base that has none: python and pip, put in before the steps."
      />
      <PreflightPanel
        title="Preflight"
        run={preflight.run}
        lead="Runs when the reference is complete; nothing is pulled"
        actLabel="Check again"
        onAct={preflight.again}
        actDisabledReason={preflight.isReady ? undefined : 'Complete the reference first'}
      />
      {props.engineGap !== null && drafts.length > 0 && <EngineGap gap={props.engineGap} />}
      <StepsEditor
        drafts={drafts}
        onChange={(next) => {
          setDrafts(next);
          setRefusal(null);
        }}
        problems={problems}
        base={read.state === 'read' ? read.whole : undefined}
        secrets={props.stepSecrets}
        python={draft.python}
        uploadBytesMax={props.uploadBytesMax}
      />
    </SplitForm>
  );
}

/** The page that this one was most likely reached from. */
function backFrom(image: EditedImage | null): string {
  if (image === null) return '/';
  return image.basedOn === null ? '/images' : `/images/${image.name}`;
}

function unknownSecret(name: string): Refusal {
  const error = missingSecret(name);
  return { report: reportError(error), fields: error.fields };
}

const exampleText = 'python:3.13-slim';
