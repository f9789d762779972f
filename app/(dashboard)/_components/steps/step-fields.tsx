'use client';

import { Plus, X } from 'lucide-react';
import { Button } from '#app/_components/button.tsx';
import { controlClass, inputClass } from '#app/_components/field.tsx';
import { IconButton } from '#app/_components/icon-button.tsx';
import { Switch } from '#app/_components/switch.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { ContextFiles, FileFields } from './file-fields.tsx';
import { PackageChips } from './package-chips.tsx';
import { StepSecrets } from './step-secrets.tsx';
import { nextId, type PipOption, pipOptions, type StepDraft, type VariableRow } from './steps-draft.ts';

export interface StepFieldsProps {
  readonly id: string;
  readonly number: number;
  readonly draft: StepDraft;
  readonly onChange: (draft: StepDraft) => void;
  readonly secrets: readonly string[];
  readonly isWrong: boolean;
  /** Of one file that is uploaded. */
  readonly uploadBytesMax: number;
}

/** What of a step is typed, by its kind. */
export function StepFields(props: StepFieldsProps) {
  const { id, draft, onChange, isWrong } = props;
  switch (draft.kind) {
    case 'apt_install':
    case 'pip_install':
    case 'uv_pip_install':
      return <Packages {...props} draft={draft} />;
    case 'run_commands':
    case 'dockerfile_commands':
    case 'entrypoint':
    case 'cmd':
      return (
        <div className="grid gap-2.5">
          <textarea
            id={id}
            aria-label={textLabels[draft.kind]}
            aria-invalid={isWrong || undefined}
            aria-describedby={isWrong ? `${id}-error` : undefined}
            value={draft.text}
            onChange={({ target }) => onChange({ ...draft, text: target.value })}
            placeholder={placeholders[draft.kind]}
            rows={2}
            spellCheck={false}
            autoCapitalize="off"
            className="field-ring block field-sizing-content w-full resize-none touch:min-h-touch rounded-md bg-surface-sunken px-2.5 py-2 font-mono text-small leading-5 inset-ring inset-ring-line outline-none aria-invalid:inset-ring-bad-solid touch:text-lead"
          />
          {draft.kind === 'dockerfile_commands' && (
            <ContextFiles
              id={id}
              files={draft.files}
              onChange={(files) => onChange({ ...draft, files })}
              bytesMax={props.uploadBytesMax}
            />
          )}
          {draft.kind === 'run_commands' && (
            <details open={draft.rows.length > 0}>
              <summary className="w-max cursor-pointer text-small text-ink-2 hover:underline touch:min-h-touch">
                Variables of these commands
              </summary>
              <div className="mt-2">
                <Variables rows={draft.rows} onChange={(rows) => onChange({ ...draft, rows })} />
              </div>
            </details>
          )}
          {'secrets' in draft && <RunFields {...props} draft={draft} />}
        </div>
      );
    case 'add_file':
      return <FileFields id={id} draft={draft} onChange={onChange} bytesMax={props.uploadBytesMax} />;
    case 'env':
      return <Variables rows={draft.rows} onChange={(rows) => onChange({ ...draft, rows })} />;
    case 'workdir':
      return (
        <span className={`${controlClass} font-mono text-base`}>
          <input
            id={id}
            aria-label="Working directory"
            aria-invalid={isWrong || undefined}
            value={draft.path}
            onChange={({ target }) => onChange({ ...draft, path: target.value })}
            placeholder="/srv/app"
            className={inputClass}
          />
        </span>
      );
  }
}

const textLabels = {
  run_commands: 'Commands, one a line',
  dockerfile_commands: 'Dockerfile instructions, one a line',
  entrypoint: 'Entrypoint, one argument a line',
  cmd: 'Command, one argument a line',
} as const;

const placeholders = {
  run_commands: 'python -m compileall -q .',
  dockerfile_commands: 'USER app',
  entrypoint: '/usr/local/bin/start',
  cmd: 'serve',
} as const;

function Packages(
  props: StepFieldsProps & { readonly draft: Extract<StepDraft, { readonly packages: readonly string[] }> },
) {
  const { id, number, draft, onChange } = props;
  return (
    <div className="grid gap-2.5">
      <PackageChips
        id={id}
        label={`Packages of step ${number}`}
        packages={draft.packages}
        onChange={(packages) => onChange({ ...draft, packages })}
        isWrong={props.isWrong}
      />
      {draft.kind !== 'apt_install' && (
        <details className="group">
          <summary className="w-max cursor-pointer text-small text-ink-2 hover:underline touch:min-h-touch">
            Options
          </summary>
          <div className="mt-2 grid grid-cols-2 gap-2.5 max-md:grid-cols-1">
            {pipOptions.map((option) => (
              <TextField
                key={option}
                label={optionLabels[option]}
                value={draft.options[option]}
                onChange={(value) => onChange({ ...draft, options: { ...draft.options, [option]: value } })}
                autoComplete="off"
                isMono
                optional
              />
            ))}
            <Switch
              label="Take pre-releases"
              isOn={draft.pre}
              onChange={(pre) => onChange({ ...draft, pre })}
            />
          </div>
        </details>
      )}
      <RunFields {...props} draft={draft} />
    </div>
  );
}

/** What all steps have that run something. */
function RunFields(
  props: StepFieldsProps & { readonly draft: Extract<StepDraft, { readonly secrets: readonly string[] }> },
) {
  const { draft, onChange } = props;
  return (
    <>
      <StepSecrets
        number={props.number}
        names={props.secrets}
        chosen={draft.secrets}
        onChange={(secrets) => onChange({ ...draft, secrets })}
      />
      <Switch
        label="Run in every build"
        isOn={draft.isForced}
        onChange={(isForced) => onChange({ ...draft, isForced })}
      />
    </>
  );
}

const optionLabels: Readonly<Record<PipOption, string>> = {
  index_url: 'Index URL',
  extra_index_url: 'Extra index URL',
  find_links: 'Find links',
  extra_options: 'Extra options',
};

function Variables(props: {
  readonly rows: readonly VariableRow[];
  readonly onChange: (rows: readonly VariableRow[]) => void;
}) {
  const { rows, onChange } = props;
  const change = (id: number, next: Partial<VariableRow>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...next } : row)));
  return (
    <div className="grid gap-1.5">
      {rows.map((row) => (
        <div key={row.id} className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto] items-center gap-1.5">
          <span className={`${controlClass} font-mono text-base`}>
            <input
              aria-label="Variable name"
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
            onClick={() => onChange(rows.filter(({ id }) => id !== row.id))}
          />
        </div>
      ))}
      <Button
        size="sm"
        variant="ghost"
        icon={<Plus />}
        className="justify-self-start"
        onClick={() => onChange([...rows, { id: nextId(rows), name: '', value: '' }])}
      >
        Variable
      </Button>
    </div>
  );
}
