'use client';

import { FileJson } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { classNames } from '#app/_components/class-names.ts';
import { useStrayDrops } from '#app/_components/use-stray-drops.ts';

export interface KeyFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly text: string;
}

/** A key file has two or three kilobytes; a thousand times that is some other file, and is not read. */
const fileBytesMax = 1024 * 1024;

/** The zone that takes a key file, by drag and drop or from the file dialog. The file is read here and sent nowhere. */
export function KeyFileDrop(props: {
  readonly onRead: (file: KeyFile) => void;
  readonly onRefused: (problem: string) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<'idle' | 'over' | 'reading'>('idle');
  useStrayDrops();

  async function read(file: File | undefined) {
    if (file === undefined) return setState('idle');
    if (file.size > fileBytesMax) {
      setState('idle');
      return props.onRefused(
        `${file.name} is too large for a key file. Drop the JSON file that Google made.`,
      );
    }
    setState('reading');
    try {
      props.onRead({ name: file.name, sizeBytes: file.size, text: await file.text() });
    } catch {
      props.onRefused(`The browser could not read ${file.name}. Paste its text below instead.`);
    }
    setState('idle');
  }

  function onDrop(event: DragEvent) {
    event.preventDefault();
    const [file, ...others] = event.dataTransfer.files;
    if (others.length === 0) return void read(file);
    setState('idle');
    props.onRefused('Several files were dropped, and a secret takes one key file. Drop that one.');
  }

  return (
    <>
      <button
        type="button"
        onClick={() => input.current?.click()}
        onDragOver={(event) => {
          event.preventDefault();
          setState('over');
        }}
        onDragLeave={() => setState('idle')}
        onDrop={onDrop}
        className={classNames(
          'grid w-full justify-items-center gap-1 rounded-lg border-[1.5px] border-dashed px-5 py-6.5 text-center text-ink-2',
          state === 'over' ? 'border-tide-solid bg-tide-soft' : 'border-line-control hover:wash',
        )}
      >
        <span className="sr-only">Service account JSON</span>
        <span aria-hidden className="contents">
          <FileJson className="mb-1 size-5 text-ink-3" />
          <span className="font-medium text-ink">
            {state === 'reading' ? (
              'Reading'
            ) : (
              <>
                Drop the key file here, or <span className="text-tide">choose a file</span>
              </>
            )}
          </span>
          <span className="text-small text-ink-3">
            It is read in this browser and sealed before it leaves it.
          </span>
        </span>
      </button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        onChange={(event) => {
          const file = event.target.files?.[0];
          void read(file);
          event.target.value = '';
        }}
      />
    </>
  );
}
