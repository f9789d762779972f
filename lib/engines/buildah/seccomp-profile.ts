import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { EngineFailedError } from '../errors.ts';

/**
 * Writes what of the kernel a step on Buildah may call: what Buildah itself lets containers call, but for namespaces of their own, keys of the
 * kernel, and sockets to the host of a virtual machine, which pass by all networks. Steps on BuildKit may not either.
 * https://github.com/opencontainers/runtime-spec/blob/v1.1.0/config-linux.md#seccomp
 * @throws EngineFailedError where Buildah's profile is not to be had
 */
export async function writeSeccompProfile(file: string): Promise<void> {
  const { syscalls, ...rest } = await readProfile();
  const others = syscalls
    .map(({ names, ...rule }) => ({ ...rule, names: names.filter((name) => !replaced.has(name)) }))
    .filter(({ names }) => names.length > 0);
  await writeFile(file, JSON.stringify({ ...rest, syscalls: [...others, ...rules] }));
}

/** Where Buildah looks, in this order. https://github.com/containers/common/blob/v0.50.1/pkg/seccomp/default_linux.go */
const places = ['/etc/containers/seccomp.json', '/usr/share/containers/seccomp.json'];

const profileSchema = z.looseObject({
  syscalls: z.array(z.looseObject({ names: z.array(z.string()) })),
});

async function readProfile(): Promise<z.infer<typeof profileSchema>> {
  let failure: unknown;
  for (const place of places) {
    try {
      return profileSchema.parse(JSON.parse(await readFile(place, 'utf8')));
    } catch (error) {
      failure = error;
    }
  }
  throw new EngineFailedError({
    why: `Buildah’s list of what containers may call is not at ${places.join(' or ')}.`,
    next: 'Install it: it is in Debian’s golang-github-containers-common, elsewhere in containers-common.',
    cause: failure,
  });
}

const notPermitted = 1;
const notThere = 38;
const vsockFamily = 40;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET together. */
const newNamespaces = 0x7e020000;

const rules = [
  {
    names: ['unshare', 'setns', 'keyctl', 'add_key', 'request_key'],
    action: 'SCMP_ACT_ERRNO',
    errnoRet: notPermitted,
  },
  // Its flags are in memory, where no filter reads them. Programs fall back to clone.
  { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: notThere },
  {
    names: ['clone'],
    action: 'SCMP_ACT_ALLOW',
    args: [{ index: 0, value: newNamespaces, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
  },
  {
    names: ['socket'],
    action: 'SCMP_ACT_ALLOW',
    args: [{ index: 0, value: vsockFamily, op: 'SCMP_CMP_NE' }],
  },
];
const replaced: ReadonlySet<string> = new Set(rules.flatMap(({ names }) => names));
