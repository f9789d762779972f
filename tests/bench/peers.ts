import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from '#tests/support/bound-process.ts';

/** One pull to run: from where, over what, and into which fresh folder. */
interface PullOrder {
  /** `host/repository:tag` */
  readonly reference: string;
  readonly to: string;
  readonly caFile: string | undefined;
}

export interface Peer {
  readonly name: string;
  readonly version: string;
  command(order: PullOrder): {
    readonly argv: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
}

/**
 * The command-line clients to compare with: those of Debian's newest suite, unpacked into a folder of the bench's own with
 * all that they need, so that the system's packages stay as they are; where that does not work, those that are installed.
 */
export async function findPeers(folder: string): Promise<readonly Peer[]> {
  const root = await unpackNewest(folder).catch(() => undefined);
  const peers = await Promise.all([skopeo, crane, oras].map((make) => make(root)));
  return peers.filter((peer) => peer !== undefined);
}

async function skopeo(root: string | undefined): Promise<Peer | undefined> {
  const program = await runnable('skopeo', root, ['--version']);
  if (program === undefined) return undefined;
  return {
    name: 'skopeo',
    version: program.said.replace('skopeo version', '').trim(),
    command: ({ reference, to, caFile }) => ({
      argv: [
        ...program.argv,
        ...['copy', '--quiet', '--insecure-policy'],
        ...(caFile === undefined ? ['--src-tls-verify=false'] : ['--src-cert-dir', path.dirname(caFile)]),
        ...[`docker://${reference}`, `oci:${to}:bench`],
      ],
    }),
  };
}

async function crane(root: string | undefined): Promise<Peer | undefined> {
  const program = await runnable('crane', root, ['version']);
  if (program === undefined) return undefined;
  return {
    name: 'crane',
    version: await packageVersion('crane', root),
    command: ({ reference, to, caFile }) => ({
      argv: [...program.argv, 'pull', '--format=oci', reference, to],
      ...(caFile === undefined ? {} : { env: { SSL_CERT_FILE: caFile } }),
    }),
  };
}

async function oras(root: string | undefined): Promise<Peer | undefined> {
  const program = await runnable('oras', root, ['version']);
  if (program === undefined) return undefined;
  return {
    name: 'oras',
    version: /Version:\s+(\S+)/.exec(program.said)?.[1] ?? '',
    command: ({ reference, to, caFile }) => ({
      argv: [
        ...program.argv,
        ...['copy', '--no-tty'],
        ...(caFile === undefined ? ['--from-plain-http'] : ['--from-ca-file', caFile]),
        ...[reference, '--to-oci-layout', `${to}:bench`],
      ],
    }),
  };
}

async function runnable(name: string, root: string | undefined, versionArgs: readonly string[]) {
  const candidates = [...(root === undefined ? [] : [ownLoader(root, name)]), [name]];
  for (const argv of candidates) {
    const [program = '', ...before] = argv;
    const said = await runProgram(program, [...before, ...versionArgs]).catch(() => undefined);
    if (said !== undefined) return { argv, said };
  }
  return undefined;
}

/** A program of a newer suite, under the dynamic loader and the libraries of that suite. */
function ownLoader(root: string, name: string): readonly string[] {
  const loader = ['usr/lib64/ld-linux-x86-64.so.2', 'usr/lib/ld-linux-aarch64.so.1']
    .map((file) => path.join(root, file))
    .find(existsSync);
  const program = path.join(root, 'usr/bin', name);
  if (loader === undefined) return [program];
  const triplet = loader.endsWith('x86-64.so.2') ? 'x86_64-linux-gnu' : 'aarch64-linux-gnu';
  return [loader, '--library-path', path.join(root, 'usr/lib', triplet), program];
}

async function packageVersion(name: string, root: string | undefined): Promise<string> {
  const archives = root === undefined ? [] : await readdir(path.join(root, '..', 'archives'));
  const file = archives.find((archive) => archive.startsWith(`${name}_`));
  return file?.split('_')[1]?.replace('%2b', '+') ?? 'installed';
}

/** Downloads the peers and what they need, from the mirror that the system itself uses, and unpacks them. */
async function unpackNewest(folder: string): Promise<string> {
  const root = path.join(folder, 'root');
  if (existsSync(path.join(root, 'usr/bin/oras'))) return root;
  for (const part of ['lists/partial', 'archives/partial', 'root']) {
    await mkdir(path.join(folder, part), { recursive: true });
  }
  const sources = path.join(folder, 'sources.list');
  await writeFile(sources, `deb [signed-by=${keyring}] ${await debianMirror()} sid main\n`);
  await writeFile(path.join(folder, 'status'), '');
  const options = Object.entries({
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': path.join(folder, 'lists'),
    'Dir::State::status': path.join(folder, 'status'),
    'Dir::Cache': folder,
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': '1',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await runProgram('apt-get', [...options, '-qq', 'update']);
  const install = ['-qq', '-y', '--no-install-recommends', '--download-only', 'install'];
  await runProgram('apt-get', [...options, ...install, 'skopeo', 'crane', 'oras']);
  const archives = path.join(folder, 'archives');
  for (const name of await readdir(archives)) {
    if (name.endsWith('.deb')) await runProgram('dpkg-deb', ['-x', path.join(archives, name), root]);
  }
  return root;
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The first address with Debian's main archive in the system's own configuration. */
async function debianMirror(): Promise<string> {
  const parts = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...(await readdir(parts)).map((name) => path.join(parts, name))];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const found = /^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s*)?)(https?:\/\/\S+\/debian)\/?(?=\s|$)/m.exec(text);
    if (found?.[1] !== undefined) return found[1];
  }
  throw new Error('No Debian mirror is configured.');
}
