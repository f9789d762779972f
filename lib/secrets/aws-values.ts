import { awsRegionPattern } from '#lib/registries/ecr.ts';
import { type Finding, present, publicValues, readFields, type TypeCheck } from './type-check.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export function checkAws(typed: Readonly<Record<string, string>>): TypeCheck {
  const { values, problems } = readFields('aws', typed);
  const {
    AWS_ACCESS_KEY_ID: id = '',
    AWS_SECRET_ACCESS_KEY: secret = '',
    AWS_SESSION_TOKEN: session = '',
  } = values;
  const { AWS_REGION: region = '', AWS_ROLE_ARN: role = '', AWS_EXTERNAL_ID: external = '' } = values;
  const isRoleAlone = role !== '' && id === '' && secret === '';
  const shapes = present({
    AWS_ACCESS_KEY_ID: idProblem(id),
    AWS_SECRET_ACCESS_KEY: secretProblem(secret),
    AWS_REGION: regionProblem(region),
    AWS_SESSION_TOKEN: sessionProblem(id, session),
    AWS_ROLE_ARN: roleProblem(role),
    AWS_EXTERNAL_ID: externalProblem(external, role),
  });
  return {
    values,
    facts: publicValues('aws', values),
    problems: { ...shapes, ...problems, ...(isRoleAlone ? { AWS_ACCESS_KEY_ID: roleAlone } : {}) },
    warnings: present({
      AWS_ACCESS_KEY_ID: id.startsWith('ASIA')
        ? 'A temporary key ends within hours, and builds fail from then on. A user’s own key (AKIA) lasts.'
        : undefined,
    }),
  };
}

const roleAlone =
  'Enter the access key that assumes this role. A role alone signs in to nothing: Slipway never uses the identity of the machine it runs on.';

function idProblem(id: string): Finding {
  if (id === '' || /^(?:AKIA|ASIA)[A-Z0-9]{16}$/.test(id)) return undefined;
  if (/^[A-Za-z0-9/+]{40}$/.test(id))
    return 'This looks like the secret access key. Put the key that begins with AKIA here.';
  if (/^A(?:ROA|IDA|GPA|NPA|NVA|IPA)/.test(id))
    return 'This is the id of a user, role or group. Enter the id of an access key, which begins with AKIA.';
  if (id.startsWith('arn:')) return 'This is an ARN. Enter the id of an access key, which begins with AKIA.';
  if (/^(?:akia|asia)/.test(id)) return 'Copy it again: access key ids are in capitals.';
  if (!/^A(?:KIA|SIA)/.test(id))
    return 'Enter the id of an access key: it begins with AKIA, or with ASIA when it is temporary.';
  return `Copy it again: an access key id has 20 capitals and digits, this has ${id.length} characters.`;
}

function secretProblem(secret: string): Finding {
  if (secret === '' || /^[A-Za-z0-9/+]{40}$/.test(secret)) return undefined;
  if (/^(?:AKIA|ASIA)[A-Z0-9]{16}$/.test(secret))
    return 'This is an access key id. Put the secret half here, 40 characters.';
  if (secret.length === 40) return 'Copy it again: a secret access key has letters, digits, / and + only.';
  return `Copy it again: a secret access key has 40 characters, this has ${secret.length}.`;
}

function regionProblem(region: string): Finding {
  if (region === '' || awsRegionPattern.test(region)) return undefined;
  if (/^[a-z]{2,5}(?:-[a-z]+)+-[0-9]{1,2}[a-z]$/.test(region))
    return 'This is an availability zone. Leave out its last letter.';
  return 'Enter the region’s code, such as eu-west-1.';
}

function sessionProblem(id: string, session: string): Finding {
  if (id.startsWith('ASIA') && session === '')
    return 'Enter the session token that came with this temporary key.';
  if (id.startsWith('AKIA') && session !== '')
    return 'Leave this empty: a key that begins with AKIA has no session token.';
  return undefined;
}

/** 12 digits of account; role names with their path. */
const roleShape = /^arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:role\/(?:[\u0021-\u007e]+\/)?[\w+=,.@-]{1,64}$/;

function roleProblem(role: string): Finding {
  if (role === '' || (role.length <= 2048 && roleShape.test(role))) return undefined;
  if (/^arn:aws[a-z-]*:sts:/.test(role))
    return 'This is a session of a role. Enter the role itself: arn:aws:iam::ACCOUNT:role/NAME.';
  if (/^arn:aws[a-z-]*:iam::[0-9]{12}:user\//.test(role))
    return 'This is a user, which cannot be assumed. Enter a role: arn:aws:iam::ACCOUNT:role/NAME.';
  return 'Enter the whole ARN: arn:aws:iam::, 12 digits of account, :role/ and the name.';
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
function externalProblem(external: string, role: string): Finding {
  if (external === '') return undefined;
  if (role === '') return 'Enter the role that asks for this external ID, or leave it empty.';
  if (/^[\w+=,.@:/-]{2,1224}$/.test(external)) return undefined;
  return 'Copy it again: an external ID has 2 to 1,224 letters, digits and +=,.@:/-_.';
}
