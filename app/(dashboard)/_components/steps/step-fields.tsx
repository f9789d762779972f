'use client';

import { controlClass, describedBy, FieldNotes, inputClass } from '#app/_components/field.tsx';
import { Switch } from '#app/_components/switch.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { ContextFiles, FileFields } from './file-fields.tsx';
import { MoreFields } from './more-fields.tsx';
import { PackageChips } from './package-chips.tsx';
import { StepSecrets } from './step-secrets.tsx';
import { type PipOption, pipOptions, type StepDraft, type StepProblem } from './steps-draft.ts';
import { VariableRows } from './variable-rows.tsx';

export interface StepFieldsProps {
  readonly id: string;
  readonly number: number;
  readonly draft: StepDraft;
  readonly onChange: (draft: StepDraft) => void;
  readonly secrets: readonly string[];
  readonly problem: StepProblem | undefined;
  /** Of one file that is uploaded. */
  readonly uploadBytesMax: number;
}

/** What of a step is typed, by its kind. */
export function StepFields(props: StepFieldsProps) {
  const { id, draft, onChange, problem } = props;
  switch (draft.kind) {
    case 'apt_install':
    case 'pip_install':
    case 'uv_pip_install':
      return <Packages {...props} draft={draft} />;
    case 'run_commands':
    case 'dockerfile_commands':
    case 'entrypoint':
    case 'cmd': {
      const textError = problem?.field === 'env' ? undefined : problem?.message;
      return (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-2.5">
          <div>
            <textarea
              id={id}
              aria-label={textLabels[draft.kind]}
              aria-invalid={textError !== undefined || undefined}
              aria-describedby={describedBy({ id, error: textError })}
              value={draft.text}
              onChange={({ target }) => onChange({ ...draft, text: target.value })}
              placeholder={placeholders[draft.kind]}
              rows={2}
              spellCheck={false}
              autoCapitalize="off"
              className="field-ring block field-sizing-content w-full resize-none touch:min-h-touch rounded-md bg-surface-sunken px-2.5 py-2 font-mono text-small leading-5 inset-ring inset-ring-line outline-none aria-invalid:inset-ring-bad-solid touch:text-lead"
            />
            <FieldNotes id={id} error={textError} />
          </div>
          {draft.kind === 'dockerfile_commands' && (
            <ContextFiles
              id={id}
              files={draft.files}
              onChange={(files) => onChange({ ...draft, files })}
              bytesMax={props.uploadBytesMax}
            />
          )}
          {draft.kind === 'run_commands' && (
            <MoreFields label="Variables of these commands" isFilled={draft.rows.length > 0}>
              <VariableRows
                rows={draft.rows}
                onChange={(rows) => onChange({ ...draft, rows })}
                problem={problem?.field === 'env' ? problem : undefined}
              />
            </MoreFields>
          )}
          {'secrets' in draft && <RunFields {...props} draft={draft} />}
        </div>
      );
    }
    case 'add_file':
      return (
        <FileFields
          id={id}
          draft={draft}
          onChange={onChange}
          problem={problem}
          bytesMax={props.uploadBytesMax}
        />
      );
    case 'env':
      return (
        <VariableRows rows={draft.rows} onChange={(rows) => onChange({ ...draft, rows })} problem={problem} />
      );
    case 'workdir':
      return (
        <div>
          <span className={`${controlClass} font-mono text-base`}>
            <input
              id={id}
              aria-label="Working directory"
              aria-invalid={problem !== undefined || undefined}
              aria-describedby={describedBy({ id, error: problem?.message })}
              value={draft.path}
              onChange={({ target }) => onChange({ ...draft, path: target.value })}
              placeholder="/srv/app"
              className={inputClass}
            />
          </span>
          <FieldNotes id={id} error={problem?.message} />
        </div>
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
  const { id, number, draft, onChange, problem } = props;
  const wrongOption = pipOptions.find((option) => option === problem?.field);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2.5">
      <PackageChips
        id={id}
        label={`Packages of step ${number}`}
        packages={draft.packages}
        onChange={(packages) => onChange({ ...draft, packages })}
        error={wrongOption === undefined ? problem?.message : undefined}
      />
      {draft.kind !== 'apt_install' && (
        <MoreFields
          label="Options"
          isFilled={draft.pre || pipOptions.some((each) => draft.options[each] !== '')}
        >
          <div className="grid grid-cols-2 gap-2.5 max-md:grid-cols-1">
            {pipOptions.map((option) => (
              <TextField
                key={option}
                label={optionLabels[option]}
                value={draft.options[option]}
                onChange={(value) => onChange({ ...draft, options: { ...draft.options, [option]: value } })}
                error={option === wrongOption ? problem?.message : undefined}
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
        </MoreFields>
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
