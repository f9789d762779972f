import { layoutName } from '../base-layout.ts';
import type { StepNetwork, StepRun } from '../types.ts';
import { networkNamespace } from './private-network.ts';
import { ulimitArguments } from './step-ulimits.ts';

/** Root in a step is nobody outside of it. https://man7.org/linux/man-pages/man7/user_namespaces.7.html */
export const stepUsers = { first: 200_000, count: 65_536 };

/** What `buildah build` is told to run a step, in a folder with `context`, `Dockerfile`, `ignore-nothing` and `result`. */
export async function buildArguments(
  { limits, network }: StepRun,
  options: {
    /** The id under which Buildah knows it. */
    readonly base: string;
    readonly secretFile: string | undefined;
    /** What of the kernel steps may call, where Buildah sees that. */
    readonly seccompProfile: string;
  },
): Promise<readonly string[]> {
  const { base, secretFile, seccompProfile } = options;
  return [
    ...['--no-cache', '--layers=false', '--force-rm', '--pull-never', '--identity-label=false'],
    // In an OCI config, which it becomes at the end, it has no shell: then RUN would know none but /bin/sh.
    '--format=docker',
    // chroot, the other isolation that root may choose, is none: a second chroot reads the host's files.
    ...['--isolation=oci', '--runtime=runc', ...userArguments],
    ...networkArguments[network],
    `--security-opt=seccomp=${seccompProfile}`,
    ...(await ulimitArguments()),
    ...(limits.memoryBytes === undefined ? [] : [`--memory=${limits.memoryBytes}b`]),
    ...(secretFile === undefined ? [] : [`--secret=id=slipway,src=${secretFile}`]),
    `--from=${base}`,
    // Not by way of Buildah's storage, which would unpack once more what the step made.
    `--tag=oci:result:${layoutName}`,
    ...['--ignorefile=ignore-nothing', '--file=Dockerfile', 'context'],
  ];
}

const { first, count } = stepUsers;
const userArguments = ['uid', 'gid'].map((kind) => `--userns-${kind}-map=0:${first}:${count}`);

/** With a private network the whole of Buildah runs on it, so its own is the step's. */
const networkArguments: Readonly<Record<StepNetwork, readonly string[]>> = {
  none: ['--network=none'],
  private: ['--network=host', `--dns=${networkNamespace.nameServer}`],
  host: ['--network=host'],
};
