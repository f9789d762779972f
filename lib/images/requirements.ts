import { plain } from '#lib/oci/plain-text.ts';
import { judgeEntrypoint } from './entrypoint.ts';
import type { Finding } from './finding.ts';
import { type ImageFacts, readImageFacts } from './image-facts.ts';
import type { ImageFiles } from './image-files.ts';
import type { RunConfig } from './path-lookup.ts';
import { judgeMayInstall, judgePip, judgePython } from './python-requirements.ts';

export type RequirementName = 'Entrypoint' | 'Python' | 'pip' | 'pip may install';

/** One requirement on an image, and how the image meets it. */
export interface Requirement {
  readonly name: RequirementName;
  readonly state: 'passed' | 'warned' | 'failed' | 'skipped';
  readonly detail: string;
  readonly remedy?: string;
}

/**
 * Looks at what whoever builds upon an image needs of it. What is not met is a warning, and a failure where it is among
 * the `needs`: those of the steps that would run in it.
 */
export async function examineImage(options: {
  readonly files: ImageFiles;
  readonly config: RunConfig;
  readonly needs: ReadonlySet<RequirementName>;
}): Promise<{ readonly requirements: readonly Requirement[]; readonly facts: ImageFacts }> {
  const { config, needs } = options;
  const facts = await readImageFacts(options);
  const examined = { ...options, facts };
  const findings: Readonly<Record<RequirementName, Finding>> = {
    Entrypoint: config.entrypoint.length === 0 ? withoutEntrypoint(config) : await judgeEntrypoint(options),
    Python: judgePython(examined),
    pip: await judgePip(examined),
    'pip may install': await judgeMayInstall(examined),
  };
  const requirements = requirementNames.map((name) => requirementOf(name, findings[name], needs));
  return { requirements, facts };
}

/** Requirements that were not looked at, all for one reason. */
export function unexamined(why: string): readonly Requirement[] {
  return requirementNames.map((name) => ({ name, state: 'skipped', detail: why }));
}

const requirementNames: readonly RequirementName[] = ['Entrypoint', 'Python', 'pip', 'pip may install'];

function withoutEntrypoint({ command }: RunConfig): Finding {
  const detail = command.length > 0 ? `None; the command is ${JSON.stringify(command)}` : 'None';
  return { state: 'passed', detail };
}

function requirementOf(
  name: RequirementName,
  { state, detail, remedy }: Finding,
  needs: ReadonlySet<RequirementName>,
): Requirement {
  return {
    name,
    state: state === 'warned' && needs.has(name) ? 'failed' : state,
    detail: plain(detail, textMax),
    ...(remedy === undefined ? {} : { remedy: plain(remedy, textMax) }),
  };
}

/** What is found travels with every view of the build, and names in an image may be of any length. */
const textMax = 240;
