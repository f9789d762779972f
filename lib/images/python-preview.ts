import type { Definition, Step } from './schema.ts';

/** The definition as code of the specification's kind: for people who know it, to read and to compare. */
export function pythonOf(definition: Definition): string {
  const { source, reference, secret, platform, add_python, steps } = definition;
  const base = [
    `        ${literal(reference)},`,
    ...(secret === null ? [] : [`        secret=Secret.from_name(${literal(secret)}),`]),
    ...(add_python === null ? [] : [`        add_python=${literal(add_python)},`]),
  ];
  const calls = steps.map(callOf).filter((call) => call !== undefined);
  return [
    'from slipway import Image, Secret',
    '',
    // The specification's calls have no place for it.
    ...(platform === 'linux/amd64' ? [] : [`# For ${platform}`]),
    'image = (',
    `    Image.${source}(`,
    ...base,
    '    )',
    ...calls.map((call) => `    .${call}`),
    ')',
    '',
  ].join('\n');
}

function callOf(step: Step): string | undefined {
  switch (step.kind) {
    case 'pip_install':
    case 'uv_pip_install':
      if (step.packages.length === 0) return undefined;
      return call(step.kind, [
        ...step.packages.toSorted().map(literal),
        ...named('find_links', step.find_links),
        ...named('index_url', step.index_url),
        ...named('extra_index_url', step.extra_index_url),
        ...(step.pre ? ['pre=True'] : []),
        ...named('extra_options', step.extra_options || undefined),
        ...common(step),
      ]);
    case 'apt_install':
      if (step.packages.length === 0) return undefined;
      return call(step.kind, [...step.packages.toSorted().map(literal), ...common(step)]);
    case 'run_commands':
      if (step.commands.length === 0) return undefined;
      return call(step.kind, [
        ...step.commands.map(literal),
        ...(Object.keys(step.env).length > 0 ? [`env=${dictionary(step.env)}`] : []),
        ...common(step),
      ]);
    case 'env':
      return call(step.kind, [dictionary(step.variables)]);
    case 'workdir':
      return call(step.kind, [literal(step.path)]);
    case 'entrypoint':
    case 'cmd':
      return call(step.kind, [`[${step.arguments.map(literal).join(', ')}]`]);
    case 'add_file':
      return call('add_local_file', [
        literal(step.name),
        literal(step.path),
        ...(step.mode === '0644' ? [] : [`mode=0o${step.mode.slice(1)}`]),
      ]);
    case 'dockerfile_commands':
      return call(step.kind, [
        ...step.commands.map(literal),
        ...(step.files.length > 0
          ? [`context_files=[${step.files.map(({ name }) => literal(name)).join(', ')}]`]
          : []),
        ...common(step),
      ]);
  }
}

function common(step: {
  readonly secrets: readonly string[];
  readonly force_build: boolean;
}): readonly string[] {
  const secrets = step.secrets.map((name) => `Secret.from_name(${literal(name)})`);
  return [
    ...(secrets.length > 0 ? [`secrets=[${secrets.join(', ')}]`] : []),
    ...(step.force_build ? ['force_build=True'] : []),
  ];
}

function named(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [`${name}=${literal(value)}`];
}

/** On one line where it fits, else one argument a line. */
function call(name: string, values: readonly string[]): string {
  const short = `${name}(${values.join(', ')})`;
  if (short.length <= 84) return short;
  return [`${name}(`, ...values.map((value) => `        ${value},`), '    )'].join('\n');
}

function dictionary(entries: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(entries).map(([name, value]) => `${literal(name)}: ${literal(value)}`);
  return `{${pairs.join(', ')}}`;
}

/** JSON's strings are Python's, but for characters outside of the basic plane, which JSON leaves as they are. */
function literal(text: string): string {
  return JSON.stringify(text);
}
