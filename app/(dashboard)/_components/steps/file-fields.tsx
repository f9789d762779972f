'use client';

import { useRef, useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { unlessFocused, useFocusNext } from '#app/_components/use-focus-next.ts';
import type { StepFile, Upload } from '#lib/images/schema.ts';
import { MoreFields } from './more-fields.tsx';
import { type StepDraft, type StepProblem, usualMode } from './steps-draft.ts';
import { UploadCard } from './upload-card.tsx';
import { UploadDrop } from './upload-drop.tsx';
import { safeName } from './upload-file.ts';

/** A file that a step puts into the image: what it is, where it goes, and who may do what with it. */
export function FileFields(props: {
  readonly id: string;
  readonly draft: Extract<StepDraft, { readonly kind: 'add_file' }>;
  readonly onChange: (draft: StepDraft) => void;
  readonly problem: StepProblem | undefined;
  readonly bytesMax: number;
}) {
  const { id, draft, onChange, problem } = props;
  const field = problem && (['file', 'mode'].includes(problem.field) ? problem.field : 'path');
  const messageAt = (name: string) => (name === field ? problem?.message : undefined);
  /** What is replaced, until another has arrived. */
  const [former, setFormer] = useState<Upload | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const focusNext = useFocusNext();
  const pathFor = (name: string) => (draft.path === '' ? `/srv/${safeName(name)}` : draft.path);

  function put(upload: Upload | null) {
    onChange({ ...draft, upload });
    focusNext(() => place.current?.querySelector('button'));
  }

  return (
    <div ref={place} className="grid gap-2.5">
      {draft.upload !== null ? (
        <UploadCard
          upload={draft.upload}
          onReplace={() => {
            setFormer(draft.upload);
            put(null);
          }}
          onRemove={() => put(null)}
        />
      ) : (
        <UploadDrop
          id={id}
          label="Drop a file here"
          bytesMax={props.bytesMax}
          error={messageAt('file')}
          onBegin={(name) => onChange({ ...draft, path: pathFor(name) })}
          onArrived={(upload) => {
            setFormer(null);
            onChange({ ...draft, upload, path: pathFor(upload.name) });
            focusNext(() => unlessFocused(place.current?.querySelector('button')));
          }}
        />
      )}
      {draft.upload === null && former !== null && (
        <Button size="sm" className="justify-self-start" onClick={() => put(former)}>
          Keep {former.name}
        </Button>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)_120px] gap-2.5">
        <TextField
          id={id}
          label="Path in the image"
          value={draft.path}
          onChange={(path) => onChange({ ...draft, path })}
          error={messageAt('path')}
          placeholder="/srv/app.py"
          autoComplete="off"
          isMono
        />
        <ModeField
          mode={draft.mode}
          error={messageAt('mode')}
          onChange={(mode) => onChange({ ...draft, mode })}
        />
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
  const list = useRef<HTMLDivElement>(null);
  const focusNext = useFocusNext();

  function put(file: StepFile) {
    const at = files.findIndex(({ name }) => name === file.name);
    onChange(at === -1 ? [...files, file] : files.with(at, file));
  }

  function remove(index: number) {
    onChange(files.toSpliced(index, 1));
    focusNext(() => list.current?.querySelectorAll('button')[index]);
  }

  const modeOf = (name: string) => files.find((file) => file.name === name)?.mode ?? usualMode;
  return (
    <MoreFields label="Files for COPY" isFilled={files.length > 0}>
      <div ref={list} className="grid gap-2">
        {files.map((file, index) => (
          <div key={file.name} className="grid grid-cols-[minmax(0,1fr)_120px] items-end gap-2.5">
            <UploadCard upload={file} onRemove={() => remove(index)} />
            <ModeField of={file.name} mode={file.mode} onChange={(mode) => put({ ...file, mode })} />
          </div>
        ))}
        <UploadDrop
          id={`${props.id}-files`}
          label="Drop files that COPY may name"
          takesSeveral
          bytesMax={props.bytesMax}
          onArrived={(upload) => put({ ...upload, mode: modeOf(upload.name) })}
        />
      </div>
    </MoreFields>
  );
}

/** Permissions as chmod takes them: 0755 for what is to be executed. */
function ModeField(props: {
  /** The file, where there are several. */
  readonly of?: string;
  readonly mode: string;
  readonly error?: string | undefined;
  readonly onChange: (mode: string) => void;
}) {
  return (
    <TextField
      label={<>Mode{props.of !== undefined && <span className="sr-only"> of {props.of}</span>}</>}
      value={props.mode}
      onChange={props.onChange}
      error={props.error}
      autoComplete="off"
      maxLength={4}
      isMono
    />
  );
}
