'use client';

import { Plus, X } from 'lucide-react';
import { useId, useRef } from 'react';
import { Button } from '#app/_components/button.tsx';
import { controlClass, describedBy, FieldNotes, inputClass } from '#app/_components/field.tsx';
import { IconButton } from '#app/_components/icon-button.tsx';
import { useFocusNext } from '#app/_components/use-focus-next.ts';
import { nextId, type StepProblem, type VariableRow } from './steps-draft.ts';

/** Names and values, a row each. */
export function VariableRows(props: {
  readonly rows: readonly VariableRow[];
  readonly onChange: (rows: readonly VariableRow[]) => void;
  readonly problem: StepProblem | undefined;
}) {
  const { rows, onChange, problem } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const focusNext = useFocusNext();
  const wrongRow = problem && (problem.rowId ?? rows[0]?.id);

  function change(rowId: number, next: Partial<VariableRow>) {
    onChange(rows.map((row) => (row.id === rowId ? { ...row, ...next } : row)));
  }

  function add() {
    const row = { id: nextId(rows), name: '', value: '' };
    onChange([...rows, row]);
    focusNext(() => document.getElementById(`${id}-${row.id}`));
  }

  function remove(index: number) {
    onChange(rows.toSpliced(index, 1));
    // What has moved up into its place; after the last one, the row before it, or the button that adds.
    focusNext(() => {
      const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
      return buttons[Math.min(index, Math.max(0, buttons.length - 2))];
    });
  }

  return (
    <div ref={list} className="grid gap-1.5">
      {rows.map((row, index) => {
        const nameId = `${id}-${row.id}`;
        const error = row.id === wrongRow ? problem?.message : undefined;
        return (
          <div key={row.id}>
            <div className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto] items-center gap-1.5">
              <span className={`${controlClass} font-mono text-base`}>
                <input
                  id={nameId}
                  aria-label="Variable name"
                  aria-invalid={error !== undefined || undefined}
                  aria-describedby={describedBy({ id: nameId, error })}
                  value={row.name}
                  onChange={({ target }) => change(row.id, { name: target.value })}
                  placeholder="HF_HUB_OFFLINE"
                  className={inputClass}
                />
              </span>
              <span className={`${controlClass} font-mono text-base`}>
                <input
                  aria-label={`Value of ${row.name === '' ? 'the variable' : row.name}`}
                  value={row.value}
                  onChange={({ target }) => change(row.id, { value: target.value })}
                  className={inputClass}
                />
              </span>
              <IconButton
                size="sm"
                label={`Remove ${row.name === '' ? 'the variable' : row.name}`}
                icon={<X />}
                onClick={() => remove(index)}
              />
            </div>
            <FieldNotes id={nameId} error={error} />
          </div>
        );
      })}
      <Button size="sm" variant="ghost" icon={<Plus />} className="justify-self-start" onClick={add}>
        Variable
      </Button>
    </div>
  );
}
