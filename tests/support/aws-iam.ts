import { randomBytes, randomUUID } from 'node:crypto';
import type { SigningKey } from './aws-sigv4.ts';

/** One statement of a policy, as IAM writes it. `*` stands for any characters in resources. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** Who a key or a token belongs to, and what it may do. */
export interface Principal {
  readonly arn: string;
  readonly policy: readonly Statement[];
}

/** A key of a principal. */
export interface Key extends SigningKey {
  readonly principal: Principal;
}

export interface Role extends Principal {
  readonly name: string;
  /** ARNs that its trust policy names. */
  readonly trusted: readonly string[];
  /** What its trust policy's `sts:ExternalId` condition asks for. */
  readonly externalId: string | undefined;
}

/** The actions without which no image is pulled. */
export const pullActions = [
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchCheckLayerAvailability',
] as const;

/** The actions that a push takes besides. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html */
export const pushActions = [
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
] as const;

/** Signing in to any registry of the account and pulling from these repositories' ARNs. */
export function pullPolicy(resources: readonly string[]): readonly Statement[] {
  return [
    { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: ['*'] },
    { Effect: 'Allow', Action: pullActions, Resource: resources },
  ];
}

/**
 * Undefined when the principal may; otherwise the sentence in which AWS refuses. A Deny counts before any Allow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function refusalOf(options: {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
}): string | undefined {
  const { principal, action, resource } = options;
  const applying = principal.policy.filter(
    (statement) =>
      statement.Action.some((pattern) => matches(pattern, action)) &&
      statement.Resource.some((pattern) => matches(pattern, resource)),
  );
  const refused = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  if (applying.some(({ Effect }) => Effect === 'Deny'))
    return `${refused} with an explicit deny in an identity-based policy`;
  if (applying.length === 0) return `${refused} because no identity-based policy allows the ${action} action`;
  return undefined;
}

/** A user's own key: it has no end and no session. */
export function makeKey(principal: Principal): Key {
  return {
    accessKeyId: `AKIA${randomId()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: undefined,
    endsAtMs: undefined,
    principal,
  };
}

/** A temporary key, with its session token. */
export function makeSession(principal: Principal, endsAtMs: number): Key {
  return {
    ...makeKey(principal),
    accessKeyId: `ASIA${randomId()}`,
    sessionToken: randomBytes(300).toString('base64'),
    endsAtMs,
  };
}

/** Sixteen capitals and digits. */
function randomId(): string {
  return randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase();
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}
