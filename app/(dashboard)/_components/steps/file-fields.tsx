'use client';

import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import type { StepFile, Upload } from '#lib/images/schema.ts';
import { type StepDraft, usualMode } from './steps-draft.ts';
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
        <ModeField mode={draft.mode} onChange={(mode) => onChange({ ...draft, mode })} />
      </div>
    </div>
  );
}

/** Files that lines of a Dockerfile may copy, by their names, and what may be done with each. */
export function ContextFiles(props: {
  readonly id: string;
  readonly files: readonly StepFile[];
  readonly onChange: (files: readonly StepFile[]) => void;
  readonly bytesMax: number;
}) {
  const { files, onChange } = props;
  const put = (file: StepFile) => {
    const at = files.findIndex(({ name }) => name === file.name);
    onChange(at === -1 ? [...files, file] : files.with(at, file));
  };
  const modeOf = (name: string) => files.find((file) => file.name === name)?.mode ?? usualMode;
  return (
    <details open={files.length > 0}>
      <summary className="w-max cursor-pointer text-small text-ink-2 hover:underline touch:min-h-touch">
        Files for COPY
      </summary>
      <div className="mt-2 grid gap-2">
        {files.map((file) => (
          <div key={file.name} className="grid grid-cols-[minmax(0,1fr)_120px] items-end gap-2.5">
            <UploadCard upload={file} onRemove={() => onChange(files.filter((each) => each !== file))} />
            <ModeField of={file.name} mode={file.mode} onChange={(mode) => put({ ...file, mode })} />
          </div>
        ))}
        <UploadDrop
          id={`${props.id}-files`}
          label="Drop a file that COPY may name"
          bytesMax={props.bytesMax}
          onArrived={(upload) => put({ ...upload, mode: modeOf(upload.name) })}
        />
      </div>
    </details>
  );
}

/** Permissions as chmod takes them: 0755 for what is to be executed. */
function ModeField(props: {
  /** The file, where there are several. */
  readonly of?: string;
  readonly mode: string;
  readonly onChange: (mode: string) => void;
}) {
  return (
    <TextField
      label={<>Mode{props.of !== undefined && <span className="sr-only"> of {props.of}</span>}</>}
      value={props.mode}
      onChange={props.onChange}
      autoComplete="off"
      maxLength={4}
      isMono
    />
  );
}
