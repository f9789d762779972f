'use client';

import { CircleX } from 'lucide-react';
import { useState } from 'react';
import { validateSecret } from '#lib/secrets/validate-secret.ts';
import type { FieldsProps } from './fields-props.ts';
import { withValue } from './form-draft.ts';
import { KeyFileCard } from './key-file-card.tsx';
import { type KeyFile, KeyFileDrop } from './key-file-drop.tsx';
import { PlainFields } from './plain-fields.tsx';

const key = 'SERVICE_ACCOUNT_JSON';

/** A key file, dropped or pasted. What it says about itself is shown; the private key is not. */
export function GcpFields(props: FieldsProps) {
  const { draft, onChange, check } = props;
  const [file, setFile] = useState<KeyFile | null>(null);
  const [refusal, setRefusal] = useState<{ readonly lead: string; readonly text: string } | null>(null);

  function take(next: KeyFile) {
    const problem = validateSecret({ type: 'gcp', values: { [key]: next.text } }).problems[key];
    if (problem !== undefined) return setRefusal({ lead: `Wrong file: ${next.name}. `, text: problem });
    setRefusal(null);
    setFile(next);
    onChange(withValue(draft, key, next.text));
  }

  function startAgain() {
    setFile(null);
    onChange(withValue(draft, key, ''));
  }

  const { facts } = check.checked;
  const isRead = facts.client_email !== undefined;
  return (
    <>
      {file !== null && isRead ? (
        <KeyFileCard facts={facts} file={file} onReplace={startAgain} />
      ) : (
        <div className="grid gap-3">
          <KeyFileDrop onRead={take} onRefused={(text) => setRefusal({ lead: '', text })} />
          {refusal !== null && (
            <p role="alert" className="flex gap-1.5 text-body text-bad-fg">
              <CircleX className="mt-[3px] size-3.5" aria-hidden />
              <span>
                <b className="font-medium">{refusal.lead}</b>
                {refusal.text}
              </span>
            </p>
          )}
          <PlainFields {...props} />
          {isRead && <KeyFileCard facts={facts} />}
        </div>
      )}
    </>
  );
}
