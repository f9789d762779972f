'use client';

import { FileUp, X } from 'lucide-react';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { FieldNotes } from '#app/_components/field.tsx';
import { IconButton } from '#app/_components/icon-button.tsx';
import { Meter } from '#app/_components/meter.tsx';
import { formatBytes, formatDigestShort } from '#lib/builds/format.ts';
import type { Upload } from '#lib/images/schema.ts';
import { UploadTooLargeError } from '#lib/uploads/errors.ts';
import { UploadFailure, uploadFile } from './upload-file.ts';

interface Sending {
  readonly file: File;
  readonly sentBytes: number;
  readonly problem: string | null;
}

/** Takes a file by drag and drop or from the file dialog, and sends it. A failure keeps the file, to be tried again. */
export function UploadDrop(props: {
  readonly id: string;
  readonly label: string;
  /** Of one file. */
  readonly bytesMax: number;
  readonly onBegin?: (name: string) => void;
  readonly onArrived: (upload: Upload) => void;
}) {
  const { id, bytesMax } = props;
  const input = useRef<HTMLInputElement>(null);
  const leaving = useRef<AbortController>(null);
  const [isOver, setOver] = useState(false);
  const [sending, setSending] = useState<Sending | null>(null);
  // A file may take minutes, and the form goes on meanwhile: what it says then counts.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => () => leaving.current?.abort(), []);

  async function send(file: File | undefined) {
    if (file === undefined) return;
    if (file.size > bytesMax) {
      const { what, why, next } = new UploadTooLargeError({ sizeBytes: file.size, bytesMax }).advice;
      return setSending({ file, sentBytes: 0, problem: `${what}. ${why} ${next}` });
    }
    leaving.current?.abort();
    leaving.current = new AbortController();
    const { signal } = leaving.current;
    setSending({ file, sentBytes: 0, problem: null });
    props.onBegin?.(file.name);
    try {
      const onProgress = (sentBytes: number) => setSending({ file, sentBytes, problem: null });
      const upload = await uploadFile({ file, onProgress, signal });
      setSending(null);
      latest.current.onArrived(upload);
    } catch (error) {
      if (signal.aborted) return;
      const problem = error instanceof UploadFailure ? error.message : 'The file did not arrive. Try again.';
      setSending((last) => last && { ...last, problem });
    }
  }

  function cancel() {
    leaving.current?.abort();
    setSending(null);
  }

  function onDrop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    void send(event.dataTransfer.files[0]);
  }

  if (sending !== null && sending.problem === null) {
    return (
      <div className="flex items-center gap-3 rounded-lg px-3 py-2.5 inset-ring inset-ring-line-strong">
        <span className="min-w-0 flex-1">
          <b className="cut block font-medium">{sending.file.name}</b>
          <Meter label={`Upload of ${sending.file.name}`} share={share(sending)} className="my-1" />
          <span className="text-small text-ink-3 tabular-nums">
            {formatBytes(sending.sentBytes)} of {formatBytes(sending.file.size)}
          </span>
        </span>
        <IconButton
          size="sm"
          label={`Cancel the upload of ${sending.file.name}`}
          icon={<X />}
          onClick={cancel}
        />
      </div>
    );
  }
  const tooLarge = sending !== null && sending.file.size > bytesMax;
  return (
    <div>
      <button
        type="button"
        onClick={() => input.current?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        aria-describedby={sending?.problem ? `${id}-upload-error` : undefined}
        className={classNames(
          'flex w-full items-center justify-center gap-2 rounded-lg border-[1.5px] border-dashed px-4 py-3.5 text-ink-2',
          isOver ? 'border-tide-solid bg-tide-soft' : 'border-line-control hover:wash',
        )}
      >
        <FileUp className="size-4 text-ink-3" aria-hidden />
        <span>
          {props.label}, or <span className="text-tide">choose one</span>
        </span>
      </button>
      <FieldNotes id={`${id}-upload`} error={sending?.problem ?? undefined} />
      {sending !== null && !tooLarge && (
        <Button size="sm" className="mt-2" onClick={() => void send(sending.file)}>
          Send {sending.file.name} again
        </Button>
      )}
      <input
        ref={input}
        type="file"
        aria-label={props.label}
        hidden
        onChange={({ target }) => {
          void send(target.files?.[0]);
          target.value = '';
        }}
      />
    </div>
  );
}

function share({ sentBytes, file }: Sending): number {
  return file.size === 0 ? 1 : sentBytes / file.size;
}

/** A file that is here, with what tells it from another. */
export function UploadCard(props: {
  readonly upload: Upload;
  readonly onReplace?: () => void;
  readonly onRemove?: () => void;
}) {
  const { name, file, size_bytes } = props.upload;
  return (
    <div className="flex items-center gap-3 rounded-lg py-2 pr-2 pl-3 inset-ring inset-ring-line-strong">
      <span className="min-w-0 flex-1">
        <b className="cut block font-medium">{name}</b>
        <span className="text-small text-ink-3 tabular-nums">
          {formatBytes(size_bytes)} ·{' '}
          <code className="font-mono" title={file}>
            {formatDigestShort(file)}
          </code>
        </span>
      </span>
      {props.onReplace !== undefined && (
        <Button size="sm" onClick={props.onReplace}>
          Replace
        </Button>
      )}
      {props.onRemove !== undefined && (
        <IconButton size="sm" label={`Remove ${name}`} icon={<X />} onClick={props.onRemove} />
      )}
    </div>
  );
}
