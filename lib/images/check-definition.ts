import { InputError } from '#lib/errors/input.ts';
import { parsePlatform } from '#lib/oci/platform.ts';
import { parseReference } from '#lib/oci/reference.ts';
import { type Binding, isBoundTo } from '#lib/registries/binding.ts';
import { kindOfHost } from '#lib/registries/host-kind.ts';
import type { Definition, ImageSource } from './schema.ts';

/**
 * Holds a definition against what there is: its reference against its source, its secrets against the workspace's.
 * Fields of the error are paths such as `steps.2.secrets`.
 * @throws InputError, InvalidReferenceError, InvalidPlatformError
 */
export function checkDefinition(options: {
  readonly definition: Definition;
  readonly secrets: readonly (Binding & { readonly name: string })[];
}): void {
  const { definition, secrets } = options;
  const { registry } = parseReference(definition.reference);
  parsePlatform(definition.platform);
  const problems = {
    ...sourceProblem(definition.source, registry),
    ...baseSecretProblem(definition.secret, registry, secrets),
    ...stepProblems(definition, secrets),
  };
  const [first] = Object.values(problems);
  if (first === undefined) return;
  throw new InputError(
    { what: 'The image was not saved', why: first, next: 'Correct it, then save again.' },
    problems,
  );
}

type Problems = Readonly<Record<string, string>>;
type Secrets = Parameters<typeof checkDefinition>[0]['secrets'];

function sourceProblem(source: ImageSource, registry: string): Problems {
  const kind = kindOfHost(registry);
  const wanted =
    kind === 'aws' ? 'from_aws_ecr' : kind === 'gcp' ? 'from_gcp_artifact_registry' : 'from_registry';
  return source === wanted ? {} : { source: `${registry} is pulled with ${wanted}.` };
}

function baseSecretProblem(name: string | null, registry: string, secrets: Secrets): Problems {
  if (name === null) return {};
  const secret = secrets.find((each) => each.name === name);
  if (secret === undefined) return { secret: `There is no secret named ${name}.` };
  if (isBoundTo({ binding: secret, registryHost: registry })) return {};
  return { secret: `The secret ${name} is bound to ${secret.host ?? 'no registry'}, not to ${registry}.` };
}

function stepProblems({ steps }: Definition, secrets: Secrets): Problems {
  const found = steps.flatMap((step, index): [string, string][] => {
    const names = 'secrets' in step ? step.secrets : [];
    return names.flatMap((name): [string, string][] => {
      const type = secrets.find((each) => each.name === name)?.type;
      if (type === 'custom') return [];
      const why =
        type === undefined
          ? `there is no secret named ${name}.`
          : `${name} is for a registry. Steps take custom secrets only, because a step can read and print them.`;
      return [[`steps.${index}.secrets`, `Step ${index + 1}: ${why}`]];
    });
  });
  return Object.fromEntries(found);
}
