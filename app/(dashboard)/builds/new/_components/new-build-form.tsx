'use client';

import Link from 'next/link';
import { type FormEvent, useRef, useState, useTransition } from 'react';
import { Button } from '#app/_components/button.tsx';
import { ChoiceCards } from '#app/_components/choice-cards.tsx';
import { ErrorPanel } from '#app/_components/error-panel.tsx';
import { KeyCap } from '#app/_components/key-cap.tsx';
import { Note } from '#app/_components/note.tsx';
import { Select } from '#app/_components/select.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { useModifier } from '#app/_components/use-modifier.ts';
import { registryKindNames, registryKinds } from '#lib/registries/host-kind.ts';
import { SplitForm } from '../../../_components/split-form.tsx';
import { askToStart } from '../../_components/ask-server.ts';
import type { Refusal } from '../../actions.ts';
import {
  type BuildDraft,
  readReference,
  type SecretChoice,
  secretMeant,
  secretProblem,
  sourceNamedBy,
} from './build-draft.ts';
import { Course } from './course.tsx';
import { platformOptions } from './platforms.ts';
import { ReferenceField } from './reference-field.tsx';
import { noSecret, secretOptions } from './secret-options.tsx';
import { sourceCards } from './source-cards.tsx';
import { useSettled } from './use-settled.ts';

export interface NewBuildFormProps {
  readonly start: BuildDraft;
  /** Whether the address chose the secret, so that nothing else does. */
  readonly isSecretChosen: boolean;
  readonly secrets: readonly SecretChoice[];
}

export function NewBuildForm(props: NewBuildFormProps) {
  const { secrets } = props;
  const [draft, setDraft] = useState(props.start);
  const [isSecretChosen, setSecretChosen] = useState(props.isSecretChosen);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [isSubmitted, setSubmitted] = useState(false);
  const [isStarting, startBuilding] = useTransition();
  const field = useRef<HTMLInputElement>(null);
  const { isSettled, unsettle, settle } = useSettled(props.start.text !== '');

  const read = readReference(draft.text, draft.source);
  const secretName = isSecretChosen ? draft.secretName : secretMeant(secrets, read);
  const secret = secrets.find(({ name }) => name === secretName);
  const mismatch = secretProblem(secret, read);
  const missing =
    isSubmitted && read.state === 'empty' ? `Type or paste a reference, such as ${exampleText}.` : undefined;
  const problem = (isSettled || isSubmitted) && read.state === 'problem' ? read.problem : undefined;

  function change(next: Partial<BuildDraft>) {
    setDraft((last) => ({ ...last, ...next }));
    setRefusal(null);
  }

  function type(text: string) {
    change({ text, source: sourceNamedBy(text) ?? draft.source });
    setSubmitted(false);
    unsettle();
  }

  function submit(event?: FormEvent) {
    event?.preventDefault();
    if (isStarting) return;
    setSubmitted(true);
    if (read.state !== 'read') return field.current?.focus();
    if (mismatch !== undefined) return;
    startBuilding(async () => {
      setRefusal(await askToStart({ reference: read.whole, platform: draft.platform, secretName }));
    });
  }

  const modifier = useModifier();
  useShortcut('mod+enter', () => submit());

  return (
    <SplitForm
      onSubmit={submit}
      guide={<Course read={read} secret={secret} platform={draft.platform} />}
      note={<span className="font-mono text-small">{read.state === 'read' ? read.whole : ''}</span>}
      actions={
        <>
          <Button variant="ghost" href="/">
            Discard
          </Button>
          <Button type="submit" variant="primary" isBusy={isStarting} busyLabel="Starting">
            Start build
            <KeyCap isOnInk>{modifier === '⌘' ? '⌘↵' : 'Ctrl ↵'}</KeyCap>
          </Button>
        </>
      }
    >
      {refusal !== null && Object.keys(refusal.fields).length === 0 && <ErrorPanel report={refusal.report} />}
      <ChoiceCards
        legend="Source"
        name="source"
        value={draft.source}
        onChange={(value) => {
          change({ source: registryKinds.find((kind) => kind === value) ?? draft.source });
          settle();
        }}
        options={sourceCards(secrets)}
      />
      <ReferenceField
        ref={field}
        source={draft.source}
        text={draft.text}
        read={read}
        error={problem ?? missing ?? refusal?.fields.reference}
        onChange={type}
        onBlur={settle}
      />
      <div className="grid gap-2">
        <Select
          label="Secret"
          value={secretName ?? noSecret}
          onValueChange={(value) => {
            setSecretChosen(true);
            change({ secretName: value === noSecret ? null : value });
          }}
          options={secretOptions(secrets, read)}
          error={mismatch ?? refusal?.fields.secretName}
          aside={
            <Link
              href="/secrets/new"
              className="text-tide hover:underline touch:-my-3 touch:inline-flex touch:h-touch touch:items-center"
            >
              Add a secret
            </Link>
          }
          isMono
        />
        {(secret?.type === 'aws' || secret?.type === 'gcp') && (
          <Note tone="warn">
            Slipway keeps this secret but cannot sign in to {registryKindNames[secret.type]} with it yet. A
            build that uses it stops at authenticate and says so; nothing is sent.
          </Note>
        )}
      </div>
      <Select
        label="Platform"
        value={draft.platform}
        onValueChange={(platform) => change({ platform })}
        options={platformOptions(props.start.platform)}
        error={refusal?.fields.platform}
        isMono
      />
    </SplitForm>
  );
}

const exampleText = 'python:3.13-slim';
