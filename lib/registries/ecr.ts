/** What an ECR host says about where it is. */
export interface EcrHost {
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  readonly isFips: boolean;
  /** Reached over IPv6 too. */
  readonly isDualStack: boolean;
}

/**
 * Reads the host of a private ECR registry, or answers undefined for any other. Endpoints for IPv4 and dual-stack:
 * https://docs.aws.amazon.com/general/latest/gr/ecr.html and
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
 */
export function parseEcrHost(host: string): EcrHost | undefined {
  const lower = host.toLowerCase();
  const ipv4 = ipv4Host.exec(lower);
  const match = ipv4 ?? dualStackHost.exec(lower);
  if (match === null) return undefined;
  const [, accountId, fips, region] = match as unknown as [string, string, string | undefined, string];
  return { accountId, region, isFips: fips !== undefined, isDualStack: ipv4 === null };
}

export function isEcrHost(host: string): boolean {
  return parseEcrHost(host) !== undefined;
}

/** ECR Public: its images are for everybody, and the keys of a private registry mean nothing there. */
export function isPublicEcrHost(host: string): boolean {
  const lower = host.toLowerCase();
  return lower === 'public.ecr.aws' || lower === 'ecr-public.aws.com';
}

/**
 * AWS keeps China, GovCloud and the European Sovereign Cloud apart, each with accounts and keys of its own, and an ARN names its
 * partition. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function partitionOfRegion(region: string | null): string {
  if (region?.startsWith('cn-')) return 'aws-cn';
  if (region?.startsWith('eusc-')) return 'aws-eusc';
  if (region?.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

/** The domain of a partition's services, as their IPv4 names end. */
export function domainOfRegion(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  return region.startsWith('eusc-') ? 'amazonaws.eu' : 'amazonaws.com';
}

/** The shape of AWS region names, those of the China, GovCloud, sovereign and isolated partitions too. */
export const awsRegionPattern = /^[a-z]{2,5}(?:-[a-z]+){1,3}-[0-9]{1,2}$/;

const region = awsRegionPattern.source.slice(1, -1);
const ipv4Host = new RegExp(
  String.raw`^([0-9]{12})\.dkr\.ecr(-fips)?\.(${region})\.amazonaws\.(?:com|com\.cn|eu)$`,
);
const dualStackHost = new RegExp(
  String.raw`^([0-9]{12})\.dkr-ecr(-fips)?\.(${region})\.on\.(?:aws|amazonwebservices\.(?:com\.cn|eu))$`,
);
