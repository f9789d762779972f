'use client';

/** The custom secrets of a step: its commands find their values as environment variables, and can print them. */
export function StepSecrets(props: {
  readonly number: number;
  readonly names: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  const { names, chosen, onChange } = props;
  const gone = chosen.filter((name) => !names.includes(name));
  if (names.length + gone.length === 0) return null;
  return (
    <fieldset className="flex flex-wrap items-center gap-x-3 gap-y-1 text-small">
      <legend className="sr-only">Secrets of step {props.number}</legend>
      <span aria-hidden className="text-ink-3">
        Secrets
      </span>
      {[...names, ...gone].map((name) => (
        <label key={name} className="flex items-center gap-1.5 touch:min-h-touch">
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={({ target }) =>
              onChange(target.checked ? [...chosen, name] : chosen.filter((each) => each !== name))
            }
            className="accent-ink"
          />
          <span className="font-mono">{name}</span>
          {gone.includes(name) && <span className="text-bad-fg">deleted</span>}
        </label>
      ))}
    </fieldset>
  );
}
