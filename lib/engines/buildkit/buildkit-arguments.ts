import { layoutsOf } from '../step-images.ts';
import type { StepRun } from '../types.ts';
import type { Builder } from './builder.ts';
import { contextName, stepArgument } from './builder-control.ts';

interface StepArguments {
  readonly run: StepRun;
  /** `os/architecture[/variant]` */
  readonly platform: string;
  /** The id under which the builder knows the step. */
  readonly step: string;
  readonly secretFile: string | undefined;
}

/** What a client is told to run a step, in a folder with `base`, `context`, `Dockerfile` and `result`. */
export function buildArguments(builder: Builder, step: StepArguments): readonly string[] {
  const { run, secretFile } = step;
  return [
    ...['build', '--progress=rawjson', '--no-cache'],
    ...(secretFile === undefined ? [] : [`--secret=id=slipway,src=${secretFile}`]),
    '--output=type=oci,dest=result,tar=false,compression=zstd',
    ...(run.network === 'host' ? ['--allow=network.host'] : []),
    ...(builder.client === 'buildctl' ? buildctl(step) : buildx(step)),
  ];
}

/** https://docs.docker.com/reference/cli/docker/buildx/build/ */
function buildx({ run, platform, step }: StepArguments): readonly string[] {
  return [
    ...['--provenance=false', '--sbom=false', `--platform=${platform}`],
    ...layoutsOf(run).map(
      ([name, { manifest }]) =>
        `--build-context=${contextName(name)}=oci-layout://${name}@${manifest.digest}`,
    ),
    `--build-arg=${stepArgument}=${step}`,
    ...(run.network === 'private' ? [] : [`--network=${run.network}`]),
    ...['--file=Dockerfile', 'context'],
  ];
}

/** https://github.com/moby/buildkit/blob/v0.13.2/docs/reference/buildctl.md#build */
function buildctl({ run, platform, step }: StepArguments): readonly string[] {
  const layouts = layoutsOf(run);
  const options: Readonly<Record<string, string>> = {
    platform,
    ...Object.fromEntries(
      layouts.map(([name, { manifest }]) => [
        `context:${contextName(name)}`,
        `oci-layout://${name}@${manifest.digest}`,
      ]),
    ),
    [`build-arg:${stepArgument}`]: step,
    ...(run.network === 'private' ? {} : { 'force-network-mode': run.network }),
  };
  return [
    ...['--frontend=dockerfile.v0', '--local=context=context', '--local=dockerfile=.'],
    ...layouts.map(([name]) => `--oci-layout=${name}=${name}`),
    ...Object.entries(options).map(([name, value]) => `--opt=${name}=${value}`),
  ];
}
