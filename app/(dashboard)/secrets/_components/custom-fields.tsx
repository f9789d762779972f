'use client';

import { Plus, Trash2 } from 'lucide-react';
import { Button } from '#app/_components/button.tsx';
import { IconButton } from '#app/_components/icon-button.tsx';
import { Note } from '#app/_components/note.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { WarningLine } from '#app/_components/warning-line.tsx';
import { rowKeyId } from './check-draft.ts';
import { CustomValue } from './custom-value.tsx';
import type { FieldsProps } from './fields-props.ts';
import { withNewRow, withoutRow, withRow } from './form-draft.ts';

/** Any keys and values, for build steps. */
export function CustomFields({ draft, onChange, check, errorOf }: FieldsProps) {
  return (
    <>
      <Note tone="warn">Whoever may use this secret in a build step can read its values there.</Note>
      {draft.rows.map((row, index) => {
        const label = `Key ${index + 1}`;
        const warning = check.warnings[rowKeyId(row.id)];
        return (
          <div
            key={row.id}
            className="grid grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)_auto] items-start gap-2 max-md:grid-cols-[minmax(0,1fr)_auto]"
          >
            <TextField
              id={rowKeyId(row.id)}
              label={label}
              value={row.key}
              onChange={(key) => onChange(withRow(draft, row.id, { key }))}
              error={errorOf(rowKeyId(row.id))}
              hint={warning === undefined ? undefined : <WarningLine text={warning} />}
              placeholder="HF_TOKEN"
              autoComplete="off"
              isMono
              isRequired
            />
            <div className="max-md:col-span-2 max-md:row-start-2">
              <CustomValue
                label={`Value of ${label}`}
                value={row.value}
                onChange={(value) => onChange(withRow(draft, row.id, { value }))}
              />
            </div>
            <div className="mt-[25px] flex h-9 items-center touch:h-touch">
              <IconButton
                label={`Remove ${label}`}
                icon={<Trash2 />}
                size="sm"
                isDisabled={draft.rows.length === 1}
                onClick={() => onChange(withoutRow(draft, row.id))}
              />
            </div>
          </div>
        );
      })}
      <div className="flex items-center gap-3">
        <Button icon={<Plus />} size="sm" onClick={() => onChange(withNewRow(draft))}>
          Add key
        </Button>
        <p className="text-small text-ink-3">
          Values are write-only. After you save, they can be replaced but not read.
        </p>
      </div>
    </>
  );
}
