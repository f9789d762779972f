import type { Advice } from '#lib/errors/slipway-error.ts';
import { quoted } from '#lib/oci/errors.ts';
import { type AwsCall, settingOf } from './aws-call.ts';
import { type Denial, iamArnOf, readDenial } from './aws-denial.ts';
import { isOptInRegion } from './aws-regions.ts';
import { domainOfRegion } from './ecr.ts';
import { assumeStatement, externalIdPlace, iamPolicy, trustStatement } from './iam-policy.ts';

/** A refusal of AWS with what it said, which is foreign text. */
interface Refused extends AwsCall {
  readonly said: string;
}

/** The key is not there. A region that is not enabled answers in the same way. */
export function keyUnknown({ accessKeyId, host, roleArn }: Refused): Advice {
  const { region } = host;
  const optIn = isOptInRegion(region)
    ? ` Or the key’s account has not enabled the region ${region}: AWS gives the same answer there.`
    : '';
  const isTemporary = accessKeyId.startsWith('ASIA');
  return {
    what: 'AWS does not know this access key',
    why: `The key ${accessKeyId} was deleted or deactivated, ${isTemporary ? 'its session token is of another key, ' : ''}or it is of another partition of AWS: China, GovCloud and the European Sovereign Cloud have keys of their own.${optIn}`,
    next: isTemporary
      ? `Save a new temporary key together with its own session token${roleArn === undefined ? '' : ', one that may assume the role'}.`
      : 'Look in IAM, at the user’s Security credentials, whether the key is there and active. If not, create a new one and replace the values of the secret.',
  };
}

export function secretHalfWrong({ accessKeyId }: Refused): Advice {
  return {
    what: 'The secret access key is wrong',
    why: `AWS knows the key ${accessKeyId}, but not the signature that was made with its secret half.`,
    next: 'Replace the values of the secret, with both halves of one key. AWS shows the secret half once: if it is lost, create a new key.',
  };
}

export function sessionEnded({ accessKeyId }: Refused): Advice {
  return {
    what: 'The temporary key has ended',
    why: `AWS takes the session token of ${accessKeyId} no longer: temporary keys live for some hours.`,
    next: 'Save a new temporary key with its session token. A user’s own key, which begins with AKIA, does not end.',
  };
}

export function signatureUnreadable({ said }: Refused): Advice {
  return {
    what: 'AWS could not read the signature of the request',
    why: `A character that does not belong there is in the access key or session token, or a proxy changes requests on their way.${quoted(said)}`,
    next: 'Paste the values of the secret again. If that does not help, look for a proxy between this server and AWS.',
  };
}

/** A private endpoint serves one region, and the setting counts for all. */
export function wrongEndpoint(call: Refused): Advice {
  const { endpoint, host, said } = call;
  return {
    what: `${endpoint?.host ?? call.service} does not serve the region ${host.region}`,
    why: `The image is in ${host.region}, and the address that was called is of another region.${quoted(said)}`,
    next: `The operator can take ${settingOf(call)} away, or set it to an endpoint in ${host.region}.`,
  };
}

export function regionDisabled({ host, said }: Refused): Advice {
  return {
    what: `The key’s account does not use the region ${host.region}`,
    why: `The region, or its security token service, is switched off for the account.${quoted(said)}`,
    next: `Have an administrator of the account enable ${host.region} under Account, AWS Regions, and activate STS there in IAM’s account settings. Or pull the image from a region that is on.`,
  };
}

/** ECR lets nobody sign in without an action that is allowed on all resources or none. */
export function signInMissing({ host, repository, said }: Refused): Advice {
  const denial = readDenial(said);
  const who = denial?.principal ?? 'The owner of the key';
  const paths = repository === undefined ? [] : [repository];
  const text = iamPolicy({ kind: 'pull', region: host.region, accountId: host.accountId, paths });
  const what = `${capital(who)} may not sign in to ECR`;
  if (denial !== undefined && isElsewhere(denial)) return { what, ...elsewhere(denial) };
  return {
    what,
    why: `The action ecr:GetAuthorizationToken is not allowed in its policies.${quoted(said)}`,
    next: `Attach this policy to ${lower(who)}. It allows the sign-in, and pulls from ${repository === undefined ? 'this registry' : 'this repository'} alone.`,
    paste: { title: 'IAM policy', text },
  };
}

/**
 * AWS tells nobody why a role is refused: it may not exist, its trust policy may not name the caller or may ask for another
 * external ID, or the caller lacks the permission.
 */
export function roleRefused({ roleArn = '', hasExternalId, said }: Refused): Advice {
  const denial = readDenial(said);
  const role = roleArn.split('/').at(-1);
  const what = `AWS does not let this key assume the role ${role}`;
  if (denial === undefined) {
    return {
      what,
      why: `The role does not exist, or its trust policy does not name the key’s owner.${quoted(said)}`,
      next: 'Check the role’s ARN in the secret, and the role’s trust policy.',
    };
  }
  const { principal, accountId, missingIn } = denial;
  const principalArn = iamArnOf(denial);
  if (missingIn === 'identity-based') {
    return {
      what,
      why: `The action sts:AssumeRole on it is not allowed in the policies of ${principal}.`,
      next: `Add this statement to the policy of ${principal}. The role’s trust policy has to name ${principal} as well.`,
      paste: { title: 'IAM policy statement', text: assumeStatement(roleArn) },
    };
  }
  if (isElsewhere(denial)) return { what, ...elsewhere(denial) };
  const isOtherAccount = !roleArn.includes(`::${accountId}:`);
  const external = hasExternalId
    ? 'asks for another external ID'
    : 'asks for an external ID, which the secret lacks';
  return {
    what,
    why: `The role does not exist, or its trust policy does not name ${principal}, or it ${external}. AWS does not say which.`,
    next: `Check the role’s ARN, then add this statement to its trust policy${hasExternalId ? `, with the external ID for “${externalIdPlace}”` : ''}.${isOtherAccount ? ` The role is in another account, so the policy of ${principal} has to allow sts:AssumeRole on it too.` : ''}`,
    paste: { title: 'Trust policy statement', text: trustStatement({ principalArn, hasExternalId }) },
  };
}

/** A code that Slipway has no words of its own for. */
export function otherRefusal({ service, action, said }: Refused, code: string): Advice {
  return {
    what: `${service} refused the sign-in`,
    why: `It answered ${action} with ${code}.${quoted(said)}`,
    next: 'Look up this answer for the account of the key. If nothing is wrong there, try again.',
  };
}

/**
 * The guard refuses names that lead nowhere and names that lead into the operator's own network alike, and a VPC endpoint with
 * private DNS is the latter.
 */
export function noAddress(options: {
  readonly region: string;
  readonly call?: AwsCall;
}): Omit<Advice, 'what'> {
  const { region, call } = options;
  if (call?.endpoint !== undefined) {
    return {
      why: `${call.endpoint.host} is unknown here, or leads to an address that is never called.`,
      next: `The operator has to correct ${settingOf(call)}.`,
    };
  }
  return {
    why: `It has no public address here: AWS has no region ${region}, or the name leads to a VPC endpoint in a network of your own.`,
    next: `Check the region in the image’s host. For a VPC endpoint, the operator can set allowPrivate for *.${region}.${domainOfRegion(region)} in registries.json.`,
  };
}

/** Whether a statement added where the caller's own permissions are would change nothing. */
export function isElsewhere({ deniedBy, missingIn }: Denial): boolean {
  return (
    deniedBy !== undefined || (missingIn !== undefined && !/^(?:identity|resource)-based$/.test(missingIn))
  );
}

/** What to do about a policy that stands above the caller's own. */
export function elsewhere({ principal, action, deniedBy, missingIn }: Denial): Omit<Advice, 'what'> {
  const kind = `${deniedBy ?? missingIn} policy`.replace('boundary policy', 'boundary');
  return {
    why:
      deniedBy === undefined
        ? `The ${kind} that holds for ${principal} does not allow ${action}.`
        : `Some ${kind} denies ${action} to ${principal}, and a denial counts before any permission.`,
    next: `Ask whoever manages the ${kind} to allow ${action}. A statement in ${principal}’s own policy does not help.`,
  };
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function lower(text: string): string {
  return text.replace(/^The /, 'the ');
}
