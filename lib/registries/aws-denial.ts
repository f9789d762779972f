/** What AWS says when it refuses an action to somebody whom it knows. */
export interface Denial {
  /** The ARN of whoever asked. */
  readonly principalArn: string;
  /** 12 digits. */
  readonly accountId: string;
  /** As people call it: "user ci", "role slipway-pull". */
  readonly principal: string;
  /** "ecr:BatchGetImage". */
  readonly action: string;
  /** The kind of policy that denies in so many words: "service control". */
  readonly deniedBy: string | undefined;
  /** The kind of policy in which an Allow is missing: "identity-based", "resource-based", "VPC endpoint". */
  readonly missingIn: string | undefined;
}

/**
 * Reads the sentence in which all services of AWS refuse. Undefined where it is another one. None of what it holds is secret.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function readDenial(said: string | undefined): Denial | undefined {
  const text = (said ?? '').slice(0, saidCharactersMax);
  const match =
    /User: (arn:aws[a-z-]{0,20}:(?:iam|sts)::(\d{12}):([\w+=,.@:/-]{1,256})) is not authorized to perform: ([a-z0-9-]{1,40}:[A-Za-z]{1,60})/.exec(
      text,
    );
  if (match === null) return undefined;
  const [sentence, principalArn = '', accountId = '', who = '', action = ''] = match;
  const rest = text.slice(match.index + sentence.length);
  return {
    principalArn,
    accountId,
    principal: nameOf(who),
    action,
    deniedBy: /with an explicit deny in an? ([A-Za-z -]{1,40}?) policy/.exec(rest)?.[1],
    missingIn: /because no ([A-Za-z -]{1,40}?) policy allows/.exec(rest)?.[1],
  };
}

/** As policies name who a denial is about: of a role's session the role, whose path the session does not tell. */
export function iamArnOf({ principalArn }: Pick<Denial, 'principalArn'>): string {
  return principalArn.replace(
    /^(arn:[a-z-]+):sts::(\d{12}):assumed-role\/([^/]+)\/.*$/,
    '$1:iam::$2:role/$3',
  );
}

/** Longer than any sentence of AWS: ARNs have up to 2,048 characters. */
const saidCharactersMax = 4_096;

/** `user/team/ci` is "user ci", `assumed-role/pull/slipway` is "role pull". */
function nameOf(resource: string): string {
  const [kind = '', ...path] = resource.split('/');
  if (kind === 'user') return `user ${path.at(-1)}`;
  if (kind === 'assumed-role') return `role ${path[0]}`;
  if (kind === 'root') return 'the account’s root user';
  return resource;
}
