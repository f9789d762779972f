import path from 'node:path';
import { z } from 'zod';
import {
  builderAddress,
  byteSize,
  days,
  folder,
  httpOrigin,
  listOf,
  network,
  orNone,
  postgresUrl,
} from './formats.ts';

/** One environment variable: how its text is read, and what people need to know about it. */
export interface Variable<T> {
  readonly schema: z.ZodType<T, string>;
  /** Completes "must be …". */
  readonly expects: string;
  /** What holds when it is not set, in words. */
  readonly fallback: string;
  readonly about: string;
  /** Its value is never repeated in a message. */
  readonly isSensitive?: true;
}

/** The database counts bytes of a file in 32 bits. */
const uploadBytesCeiling = 2_000_000_000;

/** Every setting there is. README.md and `slipway start --help` show this table. */
export const variables = {
  PORT: variable({
    schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(65_535)),
    expects: 'a port number from 1 to 65535',
    fallback: '3000',
    about: 'The port that the dashboard listens on.',
  }),
  HOST: variable({
    schema: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')]),
    expects: 'an IP address of this machine, or localhost',
    fallback: '127.0.0.1',
    about: 'The address that the dashboard listens on. 0.0.0.0 or :: is every address of the machine.',
  }),
  SLIPWAY_URL: variable({
    schema: httpOrigin,
    expects: 'an address like https://slipway.example.com, without a path',
    fallback: 'http://localhost:PORT',
    about: 'The address that people type. Behind a TLS proxy it is the https address of the proxy.',
  }),
  SLIPWAY_DATA: variable({
    schema: folder,
    expects: 'a folder',
    fallback: './data',
    about: 'Where everything is kept: database, blobs, private key, logs. Back it up.',
  }),
  DATABASE_URL: variable({
    schema: postgresUrl,
    expects: 'an address like postgresql://user:password@host:5432/database',
    fallback: 'the embedded Postgres, in the data folder',
    about: 'A PostgreSQL server of your own, version 14 or newer.',
    isSensitive: true,
  }),
  SLIPWAY_REGISTRIES: variable({
    schema: z
      .string()
      .min(1)
      .transform((file) => path.resolve(file)),
    expects: 'a file',
    fallback: 'registries.json in the data folder',
    about: 'How registries are reached: endpoints, mirrors, private addresses, CA files.',
  }),
  SLIPWAY_KEY_COMMAND: variable({
    schema: z.string().min(1),
    expects: 'a command',
    fallback: 'SLIPWAY_KEYS, or keys in the data folder',
    about: 'A command whose output is the private keys, for a KMS or vault. Only the worker runs it.',
    isSensitive: true,
  }),
  SLIPWAY_KEYS: variable({
    schema: z.string().min(1),
    expects: 'private keys, one a line',
    fallback: 'keys in the data folder, made at the first start',
    about: 'The private keys themselves. Only the worker is given them.',
    isSensitive: true,
  }),
  SLIPWAY_TRUSTED_PROXIES: variable({
    schema: listOf(network),
    expects: 'networks like 10.0.0.0/8,::1, separated by commas',
    fallback: 'none',
    about: 'Proxies whose X-Forwarded headers are believed. Everybody else counts as who they connect as.',
  }),
  SLIPWAY_ALLOWED_ORIGINS: variable({
    schema: listOf(httpOrigin),
    expects: 'addresses like https://other.example.com, separated by commas',
    fallback: 'SLIPWAY_URL alone',
    about: 'Further addresses under which browsers may use the dashboard.',
  }),
  SLIPWAY_WORKER_SLOTS: variable({
    schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(64)),
    expects: 'a whole number from 1 to 64',
    fallback: '2',
    about: 'How many builds a worker runs at once.',
  }),
  SLIPWAY_STORE_BYTES_MAX: variable({
    schema: orNone(byteSize),
    expects: 'a size like 50GB or 800MB, or none',
    fallback: 'none',
    about: 'How much the store may hold. Above it, the images used least recently are removed.',
  }),
  SLIPWAY_STORE_DAYS_MAX: variable({
    schema: orNone(days),
    expects: 'a whole number of days, or none',
    fallback: '30',
    about: 'Images that no build needed for so many days are removed from the store.',
  }),
  SLIPWAY_ENGINE: variable({
    schema: z.enum(['auto', 'buildah', 'buildkit', 'none']),
    expects: 'auto, buildah, buildkit or none',
    fallback: 'auto: Buildah where it is installed, else BuildKit',
    about: 'What runs the steps of builds. Without an engine, builds without steps still work.',
  }),
  BUILDKIT_HOST: variable({
    schema: builderAddress,
    expects: 'an address like tcp://builder.internal:1234 or unix:///run/buildkit/buildkitd.sock',
    fallback: 'the builder that BUILDX_BUILDER names',
    about: 'A BuildKit daemon that runs steps, here or elsewhere.',
  }),
  BUILDX_BUILDER: variable({
    schema: z.string().regex(/^[A-Za-z][A-Za-z0-9._-]*$/),
    expects: 'the name of a builder that `docker buildx create` made',
    fallback: 'default: the Docker engine’s own',
    about: 'The builder of docker buildx that runs steps: in a container, in Kubernetes or remote.',
  }),
  BUILDX_CONFIG: variable({
    schema: folder,
    expects: 'a folder',
    fallback: '.docker/buildx in the home folder',
    about: 'Where docker buildx describes its builders. Nothing else of Docker’s configuration is read.',
  }),
  DOCKER_HOST: variable({
    schema: builderAddress,
    expects: 'an address like unix:///run/docker.sock or tcp://docker.internal:2376',
    fallback: 'Docker’s socket on this machine',
    about: 'The Docker engine that docker buildx speaks to.',
  }),
  KUBECONFIG: variable({
    schema: z.string().min(1),
    expects: 'a file',
    fallback: 'the cluster that Slipway runs in',
    about: 'How a builder in Kubernetes is reached.',
  }),
  SLIPWAY_BUILDER_CERTIFICATES: variable({
    schema: folder,
    expects: 'a folder with ca.pem, cert.pem and key.pem',
    fallback: 'no TLS',
    about: 'What a builder behind BUILDKIT_HOST or DOCKER_HOST is reached with over TLS.',
  }),
  SLIPWAY_BUILDER_ISOLATION: variable({
    schema: z.enum(['required', 'any']),
    expects: 'required or any',
    fallback: 'required',
    about:
      'required: no step runs on a BuildKit builder out of which it would get to the files of the machine. any: steps may have those, and every build says so.',
  }),
  SLIPWAY_STEP_NETWORK: variable({
    schema: z.enum(['none', 'private', 'host']),
    expects: 'none, private or host',
    fallback: 'private',
    about:
      'The network of steps: none, one that reaches the internet but nothing of this machine, or the machine’s own.',
  }),
  SLIPWAY_STEP_MINUTES_MAX: variable({
    schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(1_440)),
    expects: 'a whole number from 1 to 1440',
    fallback: '60',
    about: 'After so many minutes a step is ended.',
  }),
  SLIPWAY_STEP_MEMORY_MAX: variable({
    schema: byteSize,
    expects: 'a size like 4GB or 512MB',
    fallback: 'no limit',
    about: 'Memory that a step may use, where the engine can hold it to that.',
  }),
  SLIPWAY_PYTHON_IMAGE: variable({
    schema: z.string().regex(/^[^\s{}]*\{version\}[^\s{}]*$/),
    expects: 'a reference with {version} in it, like registry.example.com/python:{version}',
    fallback: 'docker.io/library/python:{version}-slim-bookworm',
    about:
      'The image that add_python takes Python from, for each series such as 3.12. It is pulled without a secret.',
  }),
  SLIPWAY_UPLOAD_BYTES_MAX: variable({
    schema: byteSize.pipe(z.int().min(1).max(uploadBytesCeiling)),
    expects: 'a size like 100MB, up to 2GB',
    fallback: '100MB',
    about: 'How large a file may be that somebody uploads for a step.',
  }),
  SLIPWAY_UPLOADS_BYTES_MAX: variable({
    schema: byteSize,
    expects: 'a size like 2GB or 800MB',
    fallback: '2GB',
    about: 'How much the uploaded files of one workspace may take in the database.',
  }),
  AWS_ENDPOINT_URL_ECR: variable({
    schema: httpOrigin,
    expects: 'an address like https://vpce-1a2b3c4d.api.ecr.eu-west-1.vpce.amazonaws.com, without a path',
    fallback: 'AWS’s own address in the registry’s region',
    about: 'Where the ECR API is reached, for all regions alike: a VPC endpoint. It may be private.',
  }),
  AWS_ENDPOINT_URL_STS: variable({
    schema: httpOrigin,
    expects: 'an address like https://vpce-1a2b3c4d.sts.eu-west-1.vpce.amazonaws.com, without a path',
    fallback: 'AWS’s own address in the registry’s region',
    about: 'Where STS is reached, to assume roles: a VPC endpoint. It may be private.',
  }),
  SLIPWAY_LOG_LEVEL: variable({
    schema: z.enum(['debug', 'info', 'warn', 'error']),
    expects: 'debug, info, warn or error',
    fallback: 'info',
    about: 'The least urgent line that goes to the log files.',
  }),
} as const;

export type VariableName = keyof typeof variables;
type LogLevel = z.output<(typeof variables)['SLIPWAY_LOG_LEVEL']['schema']>;

/** What Slipway runs with. Paths are absolute. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** The origin that people type, without a path. */
  readonly publicUrl: URL;
  readonly dataFolder: string;
  /** Where the blobs of the server lie. Web and workers on several machines share it. */
  readonly storeFolder: string;
  /** Undefined: the embedded Postgres. */
  readonly databaseUrl: string | undefined;
  readonly registriesFile: string;
  /** Where the private keys lie when neither `keyText` nor `keyCommand` gives them. */
  readonly keyFile: string;
  readonly keyText: string | undefined;
  readonly keyCommand: string | undefined;
  /** Networks in CIDR notation. */
  readonly trustedProxies: readonly string[];
  /** Origins beside `publicUrl`. */
  readonly allowedOrigins: readonly string[];
  readonly workerSlots: number;
  /** Null: no limit. */
  readonly storeBytesMax: number | null;
  /** Null: no limit. */
  readonly storeDaysMax: number | null;
  /** What runs steps; of a builder, null is what nobody said. */
  readonly engine: {
    readonly choice: 'auto' | 'buildah' | 'buildkit' | 'none';
    readonly buildkitHost: string | null;
    readonly dockerHost: string | null;
    /** Of a builder of buildx. */
    readonly name: string | null;
    /** Where buildx describes them. */
    readonly folder: string;
    readonly certificates: string | null;
    readonly kubeConfig: string | null;
    /** Whether steps may run whatever isolation the builder gives. */
    readonly isTrusted: boolean;
  };
  readonly stepNetwork: 'none' | 'private' | 'host';
  readonly stepTimeoutMs: number;
  /** Undefined: no limit. */
  readonly stepMemoryBytes: number | undefined;
  /** A reference with `{version}` in it. */
  readonly pythonImage: string;
  readonly uploads: { readonly fileBytesMax: number; readonly workspaceBytesMax: number };
  /** Origins; undefined: AWS' own. */
  readonly awsEndpoints: { readonly ecr: URL | undefined; readonly sts: URL | undefined };
  readonly logLevel: LogLevel;
}

function variable<T>(facts: Variable<T>): Variable<T> {
  return facts;
}
