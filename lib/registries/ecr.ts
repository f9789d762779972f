/** What an ECR host says about where it is. */
export interface EcrHost {
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  readonly isFips: boolean;
}

/**
 * Reads the host of a private ECR registry, or answers undefined for any other. Endpoints for IPv4 and dual-stack:
 * https://docs.aws.amazon.com/general/latest/gr/ecr.html and
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
 */
export function parseEcrHost(host: string): EcrHost | undefined {
  const lower = host.toLowerCase();
  const match = ipv4Host.exec(lower) ?? dualStackHost.exec(lower);
  if (match === null) return undefined;
  const [, accountId, fips, region] = match as unknown as [string, string, string | undefined, string];
  return { accountId, region, isFips: fips !== undefined };
}

export function isEcrHost(host: string): boolean {
  return parseEcrHost(host) !== undefined;
}

/** The shape of AWS region names, those of the China, GovCloud, sovereign and isolated partitions too. */
export const awsRegionPattern = /^[a-z]{2,5}(?:-[a-z]+){1,3}-[0-9]{1,2}$/;

const region = awsRegionPattern.source.slice(1, -1);
const ipv4Host = new RegExp(
  String.raw`^([0-9]{12})\.dkr\.ecr(-fips)?\.(${region})\.amazonaws\.(?:com|com\.cn|eu)$`,
);
const dualStackHost = new RegExp(
  String.raw`^([0-9]{12})\.dkr-ecr(-fips)?\.(${region})\.on\.(?:aws|amazonwebservices\.com\.cn)$`,
);
