import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProgram } from './bound-process.ts';

/** What a TLS server shows. */
export interface TestCertificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export interface TestAuthority {
  /** Its own certificate: what `caFile` names. */
  readonly caFile: string;
  /** `names` as in a certificate: `IP:127.0.0.1`, `DNS:r.example`. With -1 days it has just expired. */
  certify(options: { readonly names: readonly string[]; readonly days: number }): Promise<TestCertificate>;
  remove(): Promise<void>;
}

/** An authority that nobody knows. */
export async function makeAuthority(): Promise<TestAuthority> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-authority-'));
  const caFile = path.join(folder, 'ca.pem');
  const caKey = path.join(folder, 'ca-key.pem');
  await runProgram('openssl', [
    ...['req', '-x509', ...newKey, '-days', '400', '-subj', '/CN=slipway test authority'],
    ...['-keyout', caKey, '-out', caFile],
  ]);
  let count = 0;
  return {
    caFile,
    async certify({ names, days }) {
      count += 1;
      const file = (suffix: string) => path.join(folder, `${count}-${suffix}.pem`);
      await writeFile(file('extensions'), `subjectAltName=${names.join(',')}\n`);
      const request = ['req', '-new', ...newKey, '-subj', '/CN=slipway test'];
      await runProgram('openssl', [...request, '-keyout', file('key'), '-out', file('request')]);
      await runProgram('openssl', [
        ...['x509', '-req', '-in', file('request'), '-CA', caFile, '-CAkey', caKey, '-CAcreateserial'],
        ...['-days', String(days), '-extfile', file('extensions'), '-out', file('cert')],
      ]);
      return { key: await readFile(file('key')), cert: await readFile(file('cert')) };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Signed by itself. */
export async function selfSigned(names: readonly string[]): Promise<TestCertificate> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-certificate-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  try {
    await runProgram('openssl', [
      ...['req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=slipway test'],
      ...['-addext', `subjectAltName=${names.join(',')}`, '-keyout', key, '-out', cert],
    ]);
    return { key: await readFile(key), cert: await readFile(cert) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
