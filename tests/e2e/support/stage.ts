/** What the global set-up built, for the files that run on it. Plain data: it travels in one environment variable. */
export interface Stage {
  readonly url: string;
  readonly setUpCode: string;
  /** By which the product's processes are found. */
  readonly dataFolder: string;
  /** Where the owner's cookies are kept once there is an owner. */
  readonly ownerState: string;
  readonly owner: Account;
  /** The account of both registries. */
  readonly registryAccount: { readonly username: string; readonly password: string };
  readonly cloudAccounts: CloudAccounts;
}

/** At each registry that signs in by its own rules an account that may read one repository there, and no other. */
export interface CloudAccounts {
  /** May read `team/scan`. */
  readonly aws: {
    readonly host: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly region: string;
  };
  /** May read what lies under `images` of the project. */
  readonly google: {
    readonly host: string;
    readonly project: string;
    readonly email: string;
    readonly keyFile: string;
  };
  /** May read `haldenlabs/edge` on docker.io. */
  readonly hub: { readonly username: string; readonly token: string };
}

export interface Account {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** A private registry whose pulls take a second or two. */
export const registryHost = 'registry.halden.test';
/** The same registry over a line so slow that every pull is ended by its test: it would take minutes. */
export const slowHost = 'far.halden.test';

const variable = 'SLIPWAY_TEST_STAGE';

export function publishStage(stage: Stage): void {
  process.env[variable] = JSON.stringify(stage);
}

/** Undefined in the process that only plans the run. */
export function findStage(): Stage | undefined {
  const text = process.env[variable];
  return text === undefined ? undefined : JSON.parse(text);
}

export function stage(): Stage {
  const found = findStage();
  if (found === undefined) throw new Error('The global set-up has not run');
  return found;
}
