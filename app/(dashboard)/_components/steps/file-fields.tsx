'use client';

import { useRef, useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { useFocusNext } from '#app/_components/use-focus-next.ts';
import type { Upload } from '#lib/images/schema.ts';
import { MoreFields } from './more-fields.tsx';
import type { StepDraft, StepProblem } from './steps-draft.ts';
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
        <TextField
          label="Mode"
          value={draft.mode}
          onChange={(mode) => onChange({ ...draft, mode })}
          error={messageAt('mode')}
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
  const list = useRef<HTMLDivElement>(null);
  const focusNext = useFocusNext();

  function remove(index: number) {
    onChange(files.toSpliced(index, 1));
    focusNext(() => list.current?.querySelectorAll('button')[index]);
  }

  return (
    <MoreFields label="Files for COPY" isFilled={files.length > 0}>
      <div ref={list} className="grid gap-2">
        {files.map((upload, index) => (
          <UploadCard key={upload.name} upload={upload} onRemove={() => remove(index)} />
        ))}
        <UploadDrop
          id={`${props.id}-files`}
          label="Drop files that COPY may name"
          takesSeveral
          bytesMax={props.bytesMax}
          onArrived={(upload) => onChange([...files.filter(({ name }) => name !== upload.name), upload])}
        />
      </div>
    </MoreFields>
  );
}
