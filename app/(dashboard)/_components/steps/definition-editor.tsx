'use client';

import { FileJson } from 'lucide-react';
import { type DragEvent, useRef, useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { classNames } from '#app/_components/class-names.ts';
import { Dialog } from '#app/_components/dialog.tsx';
import { type DefinitionProblem, readDefinition } from '#lib/images/read-definition.ts';
import type { Definition } from '#lib/images/schema.ts';
import { SchemaLink } from './schema-link.tsx';

/** The definition as JSON, to be pasted, dropped or changed. What is wrong is shown with its place, and nothing of the form changes. */
export function DefinitionEditor(props: {
  /** Null while there is none. */
  readonly definition: Definition | null;
  readonly onTake: (definition: Definition) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [problems, setProblems] = useState<readonly DefinitionProblem[]>([]);
  const [isOver, setOver] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);

  function open() {
    setText(props.definition === null ? '' : `${JSON.stringify(props.definition, null, 2)}\n`);
    setProblems([]);
    setOpen(true);
  }

  function take() {
    const read = readDefinition(text);
    if ('problems' in read) {
      setProblems(read.problems);
      field.current?.focus();
      return;
    }
    props.onTake(read.definition);
    setOpen(false);
  }

  async function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const [file, ...others] = event.dataTransfer.files;
    if (file === undefined) return;
    if (others.length > 0)
      return setProblems([
        { path: '', message: 'Several files were dropped. Drop the one with the definition.' },
      ]);
    if (file.size > textMax)
      return setProblems([{ path: '', message: `${file.name} is too large for a definition.` }]);
    setText(await file.text());
    setProblems([]);
  }

  return (
    <>
      <Button size="sm" icon={<FileJson />} onClick={open}>
        {props.definition === null ? 'Paste a definition' : 'Edit as JSON'}
      </Button>
      <Dialog
        title="Definition as JSON"
        isOpen={isOpen}
        onOpenChange={setOpen}
        initialFocus={field}
        onConfirm={take}
        isWide
        actions={
          <>
            <Button variant="ghost" onClick={() => setOpen(false)}>
              Discard
            </Button>
            <Button variant="primary" onClick={take}>
              Use definition
            </Button>
          </>
        }
      >
        <p className="mb-2 text-ink-2">
          Paste it, or drop a file. It has a <SchemaLink>JSON schema</SchemaLink>.
        </p>
        <textarea
          ref={field}
          aria-label="Definition as JSON"
          aria-invalid={problems.length > 0 || undefined}
          aria-describedby={problems.length > 0 ? 'definition-problems' : undefined}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            setProblems([]);
          }}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => void drop(event)}
          rows={16}
          spellCheck={false}
          autoCapitalize="off"
          className={classNames(
            'field-ring block max-h-[50vh] w-full resize-y rounded-md px-2.5 py-2 font-mono text-small leading-5 inset-ring inset-ring-line outline-none aria-invalid:inset-ring-bad-solid touch:text-lead',
            isOver ? 'bg-tide-soft' : 'bg-surface-sunken',
          )}
        />
        {problems.length > 0 && (
          <ul id="definition-problems" aria-label="What is wrong" className="mt-2 grid gap-1 text-bad-fg">
            {problems.map(({ path, message }) => (
              <li key={`${path} ${message}`}>
                {path !== '' && <code className="font-mono text-small">{path}</code>} {message}
              </li>
            ))}
          </ul>
        )}
      </Dialog>
    </>
  );
}

/** A hundred long steps have a tenth of this. */
const textMax = 4 * 1024 * 1024;
