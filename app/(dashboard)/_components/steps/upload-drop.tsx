'use client';

import { FileUp } from 'lucide-react';
import { type DragEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { describedBy, FieldNotes } from '#app/_components/field.tsx';
import { unlessFocused, useFocusNext } from '#app/_components/use-focus-next.ts';
import { useStrayDrops } from '#app/_components/use-stray-drops.ts';
import type { Upload } from '#lib/images/schema.ts';
import { SendingCard } from './upload-card.tsx';
import { refusalOf, UploadFailure, uploadFile } from './upload-file.ts';

interface Sending {
  readonly file: File;
  /** Those that are sent after it. */
  readonly next: readonly File[];
  readonly sentBytes: number;
  readonly problem: string | null;
}

/**
 * Takes a file by drag and drop or from the file dialog, and sends it; several one after the other. A failure keeps the file and those
 * after it, to be tried again.
 */
export function UploadDrop(props: {
  readonly id: string;
  readonly label: string;
  /** Of one file. */
  readonly bytesMax: number;
  readonly takesSeveral?: boolean;
  /** What is wrong as long as there is no file. */
  readonly error?: string | undefined;
  readonly onBegin?: (name: string) => void;
  readonly onArrived: (upload: Upload) => void;
}) {
  const { id, bytesMax, takesSeveral = false } = props;
  const place = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const leaving = useRef<AbortController>(null);
  const [isOver, setOver] = useState(false);
  const [sending, setSending] = useState<Sending | null>(null);
  const [refusal, setRefusal] = useState<string>();
  // A file may take minutes, and the form goes on meanwhile: what it says then counts.
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });
  useEffect(() => () => leaving.current?.abort(), []);
  useStrayDrops();
  const focusNext = useFocusNext();

  /** Each state has other buttons: the focus goes from the one that went to the first that came. */
  function show(next: Sending | null) {
    setSending(next);
    focusNext(() => unlessFocused(place.current?.querySelector('button')));
  }

  function take(files: readonly File[]) {
    const problem = refusalOf({ files, bytesMax, takesSeveral });
    setRefusal(problem);
    if (problem === undefined) void send(files);
  }

  async function send([file, ...next]: readonly File[]): Promise<void> {
    if (file === undefined) return show(null);
    leaving.current?.abort();
    leaving.current = new AbortController();
    const { signal } = leaving.current;
    const begun: Sending = { file, next, sentBytes: 0, problem: null };
    show(begun);
    props.onBegin?.(file.name);
    try {
      const onProgress = (sentBytes: number) => setSending({ ...begun, sentBytes });
      const upload = await uploadFile({ file, onProgress, signal });
      latest.current.onArrived(upload);
    } catch (error) {
      if (signal.aborted) return;
      const problem = error instanceof UploadFailure ? error.message : 'The file did not arrive. Try again.';
      return show({ ...begun, problem });
    }
    return send(next);
  }

  function cancel() {
    leaving.current?.abort();
    show(null);
  }

  function onDrop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    take([...event.dataTransfer.files]);
  }

  if (sending !== null && sending.problem === null) {
    return (
      <div ref={place}>
        <SendingCard {...sending} onCancel={cancel} />
        <FieldNotes id={`${id}-upload`} error={props.error} />
      </div>
    );
  }
  const error = refusal ?? sending?.problem ?? props.error;
  return (
    <div ref={place}>
      <button
        type="button"
        onClick={() => input.current?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        aria-describedby={describedBy({ id: `${id}-upload`, error })}
        className={classNames(
          'flex w-full items-center justify-center gap-2 rounded-lg border-[1.5px] border-dashed px-4 py-3.5 text-ink-2',
          isOver ? 'border-tide-solid bg-tide-soft' : 'border-line-control hover:wash',
        )}
      >
        <FileUp className="size-4 text-ink-3" aria-hidden />
        <span>
          {props.label}, or <span className="text-tide">{takesSeveral ? 'choose some' : 'choose one'}</span>
        </span>
      </button>
      <FieldNotes id={`${id}-upload`} error={error} />
      {sending !== null && refusal === undefined && (
        <Button size="sm" className="mt-2" onClick={() => void send([sending.file, ...sending.next])}>
          Send {sending.file.name} again
        </Button>
      )}
      <input
        ref={input}
        type="file"
        aria-label={props.label}
        multiple={takesSeveral}
        hidden
        onChange={({ target }) => {
          take([...(target.files ?? [])]);
          target.value = '';
        }}
      />
    </div>
  );
}
