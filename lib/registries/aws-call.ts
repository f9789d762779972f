import type { EcrHost } from './ecr.ts';

/** One call of AWS, as far as the meaning of its failure depends on it. Nothing in it is secret. */
export interface AwsCall {
  readonly action: 'ecr:GetAuthorizationToken' | 'sts:AssumeRole';
  /** What is called, as messages name it: `ECR in eu-west-1`. */
  readonly service: string;
  /** The address that the operator set, where one is set. */
  readonly endpoint: URL | undefined;
  readonly host: EcrHost;
  /** The path of the image's repository, where one is known. */
  readonly repository: string | undefined;
  readonly accessKeyId: string;
  /** Set while the role of the secret is assumed, or was for this call. */
  readonly roleArn: string | undefined;
  readonly hasExternalId: boolean;
}

/** The setting that holds the address of a call. */
export function settingOf({ action }: Pick<AwsCall, 'action'>): string {
  return action === 'sts:AssumeRole' ? 'AWS_ENDPOINT_URL_STS' : 'AWS_ENDPOINT_URL_ECR';
}
