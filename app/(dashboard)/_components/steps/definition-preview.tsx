'use client';

import { useState } from 'react';
import { CopyButton } from '#app/_components/copy-button.tsx';
import { Tabs } from '#app/_components/tabs.tsx';
import { dockerfileOf } from '#lib/images/dockerfile.ts';
import { pythonOf } from '#lib/images/python-preview.ts';
import type { Definition } from '#lib/images/schema.ts';
import { SchemaLink } from './schema-link.tsx';

/** One definition in the forms that people know. Each is written from the same steps, so they always agree. */
export function DefinitionPreview({ definition }: { readonly definition: Definition }) {
  const [shown, setShown] = useState('Dockerfile');
  const texts: Readonly<Record<string, string>> = {
    Dockerfile: dockerfileOf(definition),
    Python: pythonOf(definition),
    JSON: `${JSON.stringify(definition, null, 2)}\n`,
  };
  return (
    <Tabs
      label="Preview as"
      value={shown}
      onValueChange={setShown}
      end={<CopyButton label={`Copy ${shown}`} text={texts[shown] ?? ''} isLabelled />}
      tabs={Object.entries(texts).map(([value, text]) => ({
        value,
        label: value,
        panel: (
          <>
            <pre className="px-4 py-3 font-mono text-small leading-log wrap-anywhere whitespace-pre-wrap text-ink-2">
              {text}
            </pre>
            {value === 'JSON' && (
              <p className="px-4 pb-3 text-small text-ink-3">
                For files and the command line. <SchemaLink>Its JSON schema</SchemaLink>
              </p>
            )}
          </>
        ),
      }))}
    />
  );
}
