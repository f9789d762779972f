'use client';

import { useState } from 'react';
import { ChoiceCards } from '#app/_components/choice-cards.tsx';
import { Select } from '#app/_components/select.tsx';
import { type RegistryKind, registryKinds } from '#lib/registries/host-kind.ts';
import type { PullsLeftFacts } from '../../../_components/pulls-left-facts.ts';
import { type BuildDraft, type DraftBase, type SecretChoice, sourceAfter } from './build-draft.ts';
import { platformOptions } from './platforms.ts';
import { noPython, pythonOptions } from './pythons.ts';
import { ReferenceField } from './reference-field.tsx';
import { SecretField } from './secret-field.tsx';
import { sourceCards } from './source-cards.tsx';
import { SwitchedSource } from './switched-source.tsx';
import { useSettled } from './use-settled.ts';

export interface BaseFieldsProps {
  /** What the form began with. */
  readonly start: BuildDraft;
  readonly draft: BuildDraft;
  readonly base: DraftBase;
  readonly secrets: readonly SecretChoice[];
  readonly pulls: readonly PullsLeftFacts[];
  /** Somebody tried to send it as it is. */
  readonly isSubmitted: boolean;
  /** What the server said of each. */
  readonly errors: Readonly<Partial<Record<'reference' | 'secret' | 'platform', string>>>;
  readonly onChange: (change: Partial<BuildDraft>) => void;
}

/** What is pulled, from where, with which secret and for which machines. */
export function BaseFields(props: BaseFieldsProps) {
  const { start, draft, base, secrets, errors, onChange } = props;
  const { read } = base;
  const [switchedFrom, setSwitchedFrom] = useState<RegistryKind | null>(null);
  const { isSettled, unsettle, settle } = useSettled(draft.text !== '');

  function type(text: string) {
    const source = sourceAfter(text, draft.source);
    if (source !== draft.source) setSwitchedFrom(draft.source);
    onChange({ text, source });
    unsettle();
  }

  function choose(source: RegistryKind) {
    onChange({ source });
    setSwitchedFrom(null);
    settle();
  }

  function pullAsPublic() {
    choose('registry');
    onChange({ isSecretChosen: true, secretName: null });
  }

  return (
    <>
      <div className="grid gap-2.5">
        <ChoiceCards
          legend="Source"
          name="source"
          value={draft.source}
          onChange={(value) => choose(registryKinds.find((kind) => kind === value) ?? draft.source)}
          options={sourceCards({ secrets, pulls: props.pulls, secret: base.secret })}
        />
        <SwitchedSource from={switchedFrom} read={read} />
      </div>
      <ReferenceField
        source={draft.source}
        text={draft.text}
        read={read}
        error={(isSettled || props.isSubmitted ? problemOf(props) : undefined) ?? errors.reference}
        onChange={type}
        onBlur={settle}
        onPullAsPublic={pullAsPublic}
      />
      <SecretField
        secrets={secrets}
        base={base}
        isChosen={draft.isSecretChosen}
        error={base.secretProblem ?? errors.secret}
        onChoose={(secretName) => onChange({ isSecretChosen: true, secretName })}
      />
      <Select
        label="Platform"
        value={draft.platform}
        onValueChange={(platform) => onChange({ platform })}
        options={platformOptions(start.platform, draft.platform)}
        error={errors.platform}
        isMono
      />
      <Select
        label="Add Python"
        value={draft.python ?? noPython}
        onValueChange={(python) => onChange({ python: python === noPython ? null : python })}
        options={pythonOptions(start.python, draft.python)}
        hint="For a base that has none: python and pip, put in before the steps."
      />
    </>
  );
}

function problemOf({ base: { read }, isSubmitted }: BaseFieldsProps): string | undefined {
  if (read.state === 'problem') return read.problem;
  return read.state === 'empty' && isSubmitted
    ? `Type or paste a reference, such as ${exampleText}.`
    : undefined;
}

const exampleText = 'python:3.13-slim';
