'use client';

import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import type { Upload } from '#lib/images/schema.ts';
import type { StepDraft } from './steps-draft.ts';
import { UploadCard, UploadDrop } from './upload-drop.tsx';
import { safeName } from './upload-file.ts';

/** A file that a step puts into the image: what it is, where it goes, and who may do what with it. */
export function FileFields(props: {
  readonly id: string;
  readonly draft: Extract<StepDraft, { readonly kind: 'add_file' }>;
  readonly onChange: (draft: StepDraft) => void;
  readonly bytesMax: number;
}) {
  const { id, draft, onChange } = props;
  /** What is replaced, until another has arrived. */
  const [former, setFormer] = useState<Upload | null>(null);
  const pathFor = (name: string) => (draft.path === '' ? `/srv/${safeName(name)}` : draft.path);
  return (
    <div className="grid gap-2.5">
      {draft.upload !== null ? (
        <UploadCard
          upload={draft.upload}
          onReplace={() => {
            setFormer(draft.upload);
            onChange({ ...draft, upload: null });
          }}
          onRemove={() => onChange({ ...draft, upload: null })}
        />
      ) : (
        <UploadDrop
          id={id}
          label="Drop a file here"
          bytesMax={props.bytesMax}
          onBegin={(name) => onChange({ ...draft, path: pathFor(name) })}
          onArrived={(upload) => {
            setFormer(null);
            onChange({ ...draft, upload, path: pathFor(upload.name) });
          }}
        />
      )}
      {draft.upload === null && former !== null && (
        <Button
          size="sm"
          className="justify-self-start"
          onClick={() => onChange({ ...draft, upload: former })}
        >
          Keep {former.name}
        </Button>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)_120px] gap-2.5">
        <TextField
          id={id}
          label="Path in the image"
          value={draft.path}
          onChange={(path) => onChange({ ...draft, path })}
          placeholder="/srv/app.py"
          autoComplete="off"
          isMono
        />
        <TextField
          label="Mode"
          value={draft.mode}
          onChange={(mode) => onChange({ ...draft, mode })}
          autoComplete="off"
          maxLength={4}
          isMono
        />
      </div>
    </div>
  );
}

/** Files that lines of a Dockerfile may copy, by their names. */
export function ContextFiles(props: {
  readonly id: string;
  readonly files: readonly Upload[];
  readonly onChange: (files: readonly Upload[]) => void;
  readonly bytesMax: number;
}) {
  const { files, onChange } = props;
  return (
    <details open={files.length > 0}>
      <summary className="w-max cursor-pointer text-small text-ink-2 hover:underline touch:min-h-touch">
        Files for COPY
      </summary>
      <div className="mt-2 grid gap-2">
        {files.map((upload) => (
          <UploadCard
            key={upload.name}
            upload={upload}
            onRemove={() => onChange(files.filter((each) => each !== upload))}
          />
        ))}
        <UploadDrop
          id={`${props.id}-files`}
          label="Drop a file that COPY may name"
          bytesMax={props.bytesMax}
          onArrived={(upload) => onChange([...files.filter(({ name }) => name !== upload.name), upload])}
        />
      </div>
    </details>
  );
}
