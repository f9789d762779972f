import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ServiceAddress } from './service-connection.ts';

/** A BuildKit builder, and the client that speaks to it. */
export const builderSchema = z.object({
  /** buildctl, or buildx, which runs without the docker command. */
  client: z.enum(['buildctl', 'buildx']),
  /** Where the client lies. */
  program: z.string(),
  /** Where the builder lives: in a Docker engine, in a container, in a pod, or wherever somebody started it. */
  driver: z.enum(['docker', 'docker-container', 'kubernetes', 'remote']),
  /** Of BuildKit for buildctl, of Docker for buildx; null: where the client looks by itself. */
  host: z.string().nullable(),
  /** buildx's own description of a builder that is not Docker's. */
  instance: z.object({ name: z.string(), text: z.string() }).nullable(),
  /** A folder with ca.pem, cert.pem and key.pem. */
  certificates: z.string().nullable(),
  kubeConfig: z.string().nullable(),
  /** Whether the operator takes whatever isolation it gives to steps. */
  isTrusted: z.boolean(),
});
export type Builder = z.infer<typeof builderSchema>;

/** How a client is called. */
export interface ClientCommand {
  readonly program: string;
  /** What comes before the client's own arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where the builder's service is, if the client does not connect others to it. */
  readonly service: ServiceAddress | null;
}

/**
 * A client that knows this builder and nothing else: its home and its configuration are in a folder of their own, so that nobody's
 * registry logins are read. It ends with this process, however that ends.
 */
export async function clientOf(
  builder: Builder,
  options: { readonly folder: string; readonly searchPath: string },
): Promise<ClientCommand> {
  const { folder, searchPath } = options;
  const configFolder = path.join(folder, 'client');
  await mkdir(path.join(configFolder, 'instances'), { recursive: true });
  await chmod(configFolder, 0o700);
  // Builders tell clients apart by it, and keep a copy of what each sent: with one name there is one copy.
  await writeFile(path.join(configFolder, '.buildNodeID'), 'slipway');
  const { instance, program, kubeConfig } = builder;
  if (instance !== null) await writeFile(path.join(configFolder, 'instances', instance.name), instance.text);
  const bound = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--', program] : [program];
  return {
    program: bound[0] ?? program,
    args: [...bound.slice(1), ...(builder.client === 'buildctl' ? addressOf(builder) : [])],
    env: {
      PATH: searchPath,
      HOME: configFolder,
      TMPDIR: folder,
      DOCKER_CONFIG: configFolder,
      BUILDX_CONFIG: configFolder,
      ...(kubeConfig === null ? {} : { KUBECONFIG: kubeConfig }),
      ...(builder.client === 'buildx' ? environmentOf(builder) : {}),
    },
    service: serviceOf(builder),
  };
}

/** buildctl connects others to a socket of this machine alone. */
function serviceOf({ client, host, certificates }: Builder): ServiceAddress | null {
  if (client !== 'buildctl' || host === null || !host.startsWith('tcp://')) return null;
  const { hostname, port } = new URL(host);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port), certificates };
}

/** https://github.com/moby/buildkit/blob/v0.13.2/README.md#expose-buildkit-as-a-tcp-service */
function addressOf({ host, certificates }: Builder): readonly string[] {
  return [
    ...(host === null ? [] : ['--addr', host]),
    ...(certificates === null ? [] : ['--tlsdir', certificates]),
  ];
}

/** https://docs.docker.com/reference/cli/docker/#environment-variables */
function environmentOf({ host, instance, certificates }: Builder): Record<string, string> {
  return {
    ...(host === null ? {} : { DOCKER_HOST: host }),
    ...(certificates === null ? {} : { DOCKER_CERT_PATH: certificates, DOCKER_TLS_VERIFY: '1' }),
    BUILDX_BUILDER: instance?.name ?? 'default',
  };
}
