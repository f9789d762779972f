import { type EcrHost, parseEcrHost, partitionOfRegion } from './ecr.ts';

export type PolicyKind = 'full' | 'pull';

/** What a repositories field holds: paths, and what a whole ECR address gave away besides its path. */
export interface PolicyTarget {
  /** 12 digits, or null when none was typed. */
  readonly accountId: string | null;
  readonly region: string | null;
  /** Repository paths as IAM takes them: lower case, `*` and `?` as wildcards. */
  readonly paths: readonly string[];
  /** Words that are no repository path, as typed. */
  readonly refused: readonly string[];
}

export interface PolicyOptions {
  readonly kind: PolicyKind;
  /** "eu-west-1"; null while none is chosen. */
  readonly region: string | null;
  readonly accountId: string | null;
  readonly paths: readonly string[];
}

/** Every read action that the specification lists for the registry itself, in its order. */
const fullActions = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetRepositoryPolicy',
  'ecr:DescribeRepositories',
  'ecr:ListImages',
  'ecr:DescribeImages',
  'ecr:BatchGetImage',
  'ecr:GetLifecyclePolicy',
  'ecr:GetLifecyclePolicyPreview',
  'ecr:ListTagsForResource',
  'ecr:DescribeImageScanFindings',
] as const;

/** The three without which a manifest or a layer is refused. */
const pullActions = [
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchCheckLayerAvailability',
] as const;

/** Those that a push takes besides: it asks what is there, sends what is not, and puts the manifest. */
const pushActions = [
  ...pullActions,
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
] as const;

/**
 * The IAM policy to attach to whoever owns the access key, as JSON with two spaces of indent.
 * GetAuthorizationToken takes no resource but `*`; everything else is held to the repositories' ARNs.
 */
export function iamPolicy(options: PolicyOptions): string {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'SlipwaySignIn',
        Effect: 'Allow',
        Action: ['ecr:GetAuthorizationToken'],
        Resource: '*',
      },
      {
        Sid: options.kind === 'full' ? 'SlipwayRead' : 'SlipwayPull',
        Effect: 'Allow',
        Action: options.kind === 'full' ? fullActions : pullActions,
        Resource: repositoryArns(options),
      },
    ],
  };
  return inJson(policy);
}

/** The statement to add to a policy that has the sign-in already: pulls from one repository. */
export function pullStatement(repository: EcrRepository): string {
  return inJson({
    Sid: `SlipwayPull${camelled(repository.path)}`,
    Effect: 'Allow',
    Action: pullActions,
    Resource: arnOf(repository),
  });
}

/** The same for pushes to one repository. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html */
export function pushStatement(repository: EcrRepository): string {
  return inJson({
    Sid: `SlipwayPush${camelled(repository.path)}`,
    Effect: 'Allow',
    Action: pushActions,
    Resource: arnOf(repository),
  });
}

/** The policy of a repository itself that lets a principal of another account pull from it. */
export function repositoryPolicy(principalArn: string): string {
  return inJson({
    Version: '2012-10-17',
    Statement: [
      { Sid: 'SlipwayPull', Effect: 'Allow', Principal: { AWS: principalArn }, Action: pullActions },
    ],
  });
}

/** The statement with which the owner of a key may assume a role. */
export function assumeStatement(roleArn: string): string {
  return inJson({ Sid: 'SlipwayAssumeRole', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn });
}

/** The statement of a role's trust policy that lets a principal assume it. An external ID is a secret, so it stays to be filled in. */
export function trustStatement(options: {
  readonly principalArn: string;
  readonly hasExternalId: boolean;
}): string {
  const { principalArn, hasExternalId } = options;
  return inJson({
    Sid: 'SlipwayAssumeRole',
    Effect: 'Allow',
    Principal: { AWS: principalArn },
    Action: 'sts:AssumeRole',
    ...(hasExternalId && { Condition: { StringEquals: { 'sts:ExternalId': externalIdPlace } } }),
  });
}

/** What stands in a trust policy where the external ID belongs. */
export const externalIdPlace = 'THE EXTERNAL ID OF THE SECRET';

/** One repository of a private registry. */
export interface EcrRepository {
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly path: string;
}

function arnOf({ region, accountId, path }: EcrRepository): string {
  return `arn:${partitionOfRegion(region)}:ecr:${region}:${accountId}:repository/${path}`;
}

function inJson(document: object): string {
  return JSON.stringify(document, null, 2);
}

/** `batch/ledger-reconciler` is `LedgerReconciler`: a Sid takes letters and digits alone. */
function camelled(path: string): string {
  const words = (path.split('/').at(-1) ?? '').split(/[^a-z0-9]+/);
  return words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
}

/**
 * ARNs of the repositories. What is not known yet stays a `*`, which IAM takes in each part, so that the
 * policy can be pasted at any moment and only grows tighter with what is typed.
 */
export function repositoryArns(options: Omit<PolicyOptions, 'kind'>): readonly string[] {
  const { region, accountId, paths } = options;
  const resources = paths.length > 0 ? paths : ['*'];
  return resources.map(
    (path) => `arn:${partitionOfRegion(region)}:ecr:${region ?? '*'}:${accountId ?? '*'}:repository/${path}`,
  );
}

/** Reads a repositories field: paths, or whole ECR addresses, with or without a tag, between spaces or commas. */
export function parseRepositories(text: string): PolicyTarget {
  const paths = new Set<string>();
  const refused: string[] = [];
  let accountId: string | null = null;
  let region: string | null = null;
  for (const word of text.split(/[\s,]+/).filter((each) => each !== '')) {
    const { host, rest } = splitHost(word);
    const path = rest.replace(/@.*$/, '').replace(/:[^/]*$/, '');
    if (!repositoryPath.test(path)) {
      refused.push(word);
      continue;
    }
    paths.add(path);
    accountId ??= host?.accountId ?? null;
    region ??= host?.region ?? null;
  }
  return { accountId, region, paths: [...paths], refused };
}

/** The account in a role's ARN, or null when the text is none. */
export function accountOfRole(arn: string): string | null {
  return /^arn:aws[a-z-]*:iam::(\d{12}):role\//.exec(arn)?.[1] ?? null;
}

/** As ECR names repositories, with IAM's wildcards. */
const repositoryPath = /^[a-z0-9*?](?:[a-z0-9*?._/-]*[a-z0-9*?])?$/;

function splitHost(word: string): { readonly host: EcrHost | undefined; readonly rest: string } {
  const [first = '', ...others] = word.replace(/^https?:\/\//, '').split('/');
  const host = others.length > 0 ? parseEcrHost(first) : undefined;
  return { host, rest: host === undefined ? word : others.join('/') };
}
