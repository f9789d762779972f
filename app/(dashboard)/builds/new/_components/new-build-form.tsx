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
    <form noValidate onSubmit={submit} className="flex flex-1 flex-col">
      <div className="grid flex-1 grid-cols-[minmax(0,60fr)_minmax(380px,40fr)] border-t border-line max-lg:grid-cols-1 min-[1700px]:grid-cols-[minmax(0,880px)_minmax(380px,1fr)]">
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-7 pt-6 pr-8 pb-8 pl-6 max-md:px-4 max-md:pt-4 max-md:pb-6">
          {refusal !== null && Object.keys(refusal.fields).length === 0 && (
            <ErrorPanel report={refusal.report} />
          )}
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
                Slipway keeps this secret but cannot sign in to {registryKindNames[secret.type]} with it yet.
                A build that uses it stops at authenticate and says so; nothing is sent.
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
        </div>
        <Course read={read} secret={secret} platform={draft.platform} />
      </div>
      <div className="sticky bottom-0 z-10 flex items-center gap-2.5 rounded-b-lg border-t border-line bg-surface py-3 pr-4 pl-6 max-md:bottom-[60px] max-md:rounded-none max-md:px-4 max-md:py-2.5 max-md:*:flex-1">
        <p className="cut flex-1 font-mono text-small text-ink-3 max-md:hidden">
          {read.state === 'read' ? read.whole : ''}
        </p>
        <Button variant="ghost" href="/">
          Discard
        </Button>
        <Button type="submit" variant="primary" isBusy={isStarting} busyLabel="Starting">
          Start build
          <KeyCap isOnInk>{modifier === '⌘' ? '⌘↵' : 'Ctrl ↵'}</KeyCap>
        </Button>
      </div>
    </form>
  );
}

const exampleText = 'python:3.13-slim';
