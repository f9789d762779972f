'use client';

import { Button } from '#app/_components/button.tsx';
import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { formatBytes } from '#lib/builds/format.ts';
import { factLabels } from '#lib/secrets/fields.ts';
import type { KeyFile } from './key-file-drop.tsx';

/** What a key file says about itself. Without `file`, what was pasted says it. */
export function KeyFileCard(props: {
  readonly facts: Readonly<Record<string, string>>;
  readonly file?: KeyFile;
  readonly onReplace?: () => void;
}) {
  const { facts, file, onReplace } = props;
  return (
    <section aria-label="Key file" className="rounded-lg inset-ring inset-ring-line-strong">
      {file !== undefined && (
        <header className="flex items-center gap-2.5 border-line border-b p-3">
          <RegistryIcon registry="gcp" size="large" />
          <span className="min-w-0 flex-1">
            <b className="cut block font-medium">{file.name}</b>
            <span className="text-small text-ink-3 tabular-nums">{formatBytes(file.sizeBytes)}</span>
          </span>
          <Button size="sm" onClick={onReplace}>
            Replace
          </Button>
        </header>
      )}
      <dl className="grid grid-cols-[120px_minmax(0,1fr)] gap-x-3 gap-y-1 px-3 pt-2.5 pb-3">
        {Object.entries(factLabels.gcp).map(([name, label]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{label}</dt>
            <dd className="cut font-mono text-small" title={facts[name]}>
              {facts[name]}
            </dd>
          </div>
        ))}
        <dt className="text-ink-3">Private key</dt>
        <dd className="text-ink-3">Present, hidden for good</dd>
      </dl>
    </section>
  );
}
