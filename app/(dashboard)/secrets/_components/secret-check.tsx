'use client';

import { useEffect, useState } from 'react';
import { TextField } from '#app/_components/text-field.tsx';
import type { PreflightRequest } from '#lib/preflight/schema.ts';
import type { RegistryKind } from '#lib/registries/host-kind.ts';
import { PreflightPanel } from '../../_components/preflight-panel.tsx';
import { examples, readReference } from '../../_components/read-reference.ts';
import { usePreflight } from '../../_components/use-preflight.ts';

export interface SecretCheckProps {
  readonly title: string;
  readonly lead: string;
  readonly actLabel: string;
  readonly actDisabledReason?: string | undefined;
  readonly type: RegistryKind;
  /** The reference to begin with. */
  readonly reference: string;
  /** What is tried; when it changes, what was found is out of date. */
  readonly subject: unknown;
  /** Names the secret, or seals it; null when there is nothing that could be tried yet. */
  readonly secretOf: () => (() => Promise<Pick<PreflightRequest, 'secretName' | 'draft'>>) | null;
}

/** Tries a secret, with an image to pull or without one. Nothing is pulled. */
export function SecretCheck(props: SecretCheckProps) {
  const { title, type, subject, secretOf } = props;
  const { run, start, stop } = usePreflight(title);
  const [text, setText] = useState(props.reference);
  const [isAsked, setAsked] = useState(false);
  const read = readReference(text, type);
  const problem = read.state === 'problem' && isAsked ? read.problem : undefined;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the subject is what the checks were of.
  useEffect(stop, [subject, stop]);

  function check() {
    setAsked(true);
    const secret = secretOf();
    if (secret === null || read.state === 'problem') return;
    const reference = read.state === 'read' ? read.whole : null;
    start(async () => ({ reference, ...(await secret()), isAsked: true }));
  }

  return (
    <PreflightPanel
      title={title}
      run={run}
      lead={props.lead}
      actLabel={props.actLabel}
      onAct={check}
      actDisabledReason={props.actDisabledReason}
    >
      <TextField
        label="Image reference"
        value={text}
        onChange={(next) => {
          setText(next);
          setAsked(false);
          stop();
        }}
        placeholder={examples[type]}
        hint="An image that it is to pull. Without one, only the sign-in is checked."
        error={problem}
        maxLength={1000}
        autoComplete="off"
        optional
        isMono
      />
    </PreflightPanel>
  );
}
