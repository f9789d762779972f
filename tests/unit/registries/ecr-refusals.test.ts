import { describe, expect, test } from 'vitest';
import { AddressRefusedError } from '#lib/egress/errors.ts';
import { reportError } from '#lib/errors/report.ts';
import {
  AccessDeniedError,
  ManifestUnknownError,
  type Refusal,
  type RefusalError,
  RepositoryUnknownError,
  SignInRefusedError,
} from '#lib/oci/errors.ts';
import type { AwsCall } from '#lib/registries/aws-call.ts';
import { readDenial } from '#lib/registries/aws-denial.ts';
import { awsFailure } from '#lib/registries/aws-failure.ts';
import { bindingOf, type RegistrySecret } from '#lib/registries/binding.ts';
import { diagnose } from '#lib/registries/diagnose.ts';
import { type EcrHost, parseEcrHost } from '#lib/registries/ecr.ts';

const registry = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const repository = 'payments/batch/ledger-reconciler';
const arn = `arn:aws:ecr:eu-west-1:111122223333:repository/${repository}`;
const user = 'arn:aws:iam::111122223333:user/team/ci';
const session = 'arn:aws:sts::111122223333:assumed-role/slipway-pull/slipway';
const stranger = 'arn:aws:sts::444455556666:assumed-role/pull/slipway';

const denial = (who: string, action: string, rest = '') =>
  `User: ${who} is not authorized to perform: ${action} on resource: ${arn}${rest}`;

describe('the sentence in which AWS refuses', () => {
  test.each([
    [
      denial(user, 'ecr:BatchGetImage'),
      { principal: 'user ci', accountId: '111122223333', action: 'ecr:BatchGetImage' },
    ],
    [
      denial(
        session,
        'ecr:BatchGetImage',
        ' because no identity-based policy allows the ecr:BatchGetImage action',
      ),
      { principal: 'role slipway-pull', missingIn: 'identity-based', deniedBy: undefined },
    ],
    [
      denial(
        user,
        'ecr:BatchGetImage',
        ' with an explicit deny in a service control policy: arn:aws:organizations::1:policy/x',
      ),
      { deniedBy: 'service control', missingIn: undefined },
    ],
    [
      denial(
        user,
        'ecr:BatchGetImage',
        ' because no VPC endpoint policy allows the ecr:BatchGetImage action',
      ),
      { missingIn: 'VPC endpoint' },
    ],
    [
      `AccessDenied: User: ${user} is not authorized to perform: sts:AssumeRole on resource: x`,
      { principal: 'user ci', action: 'sts:AssumeRole' },
    ],
    [
      'User: arn:aws:iam::111122223333:root is not authorized to perform: ecr:GetAuthorizationToken',
      { principal: 'the account’s root user' },
    ],
    [
      'User: arn:aws-cn:iam::111122223333:user/ci is not authorized to perform: ecr:GetAuthorizationToken',
      { principal: 'user ci' },
    ],
  ])('%s', (said, expected) => {
    expect(readDenial(said)).toMatchObject(expected);
  });

  test.each([
    undefined,
    '',
    'Not Authorized',
    `User: ${'a'.repeat(100_000)} is not authorized to perform: x:Y`,
  ])('is another one (%#)', (said) => {
    expect(readDenial(said)).toBeUndefined();
  });
});

describe('what the registry refuses', () => {
  const values = { AWS_ACCESS_KEY_ID: 'AKIA1234567890ABCDEF', AWS_REGION: 'eu-west-1' };
  const key: RegistrySecret = { ...bindingOf({ type: 'aws' }), values };
  const place = { registry, repository, target: '7f31c9e' };
  const refused = (said?: string, more: Partial<Refusal> = {}): Refusal => ({
    place,
    hadCredentials: true,
    status: 403,
    said,
    ...more,
  });
  const explain = (error: RefusalError, secret: RegistrySecret | null = key) =>
    reportError(diagnose({ error, reference: { registry }, secret }));

  test('as a missing permission names it and gives the statement, whole', () => {
    const { kind, isRetryable, ...report } = explain(
      new AccessDeniedError(refused(denial(session, 'ecr:BatchGetImage'))),
    );
    expect(report).toEqual({
      code: 'access_denied',
      what: 'ECR refused to hand over the image',
      why: `The sign-in worked, but role slipway-pull may not read ${repository}: ecr:BatchGetImage is missing in its policies.`,
      next: 'Add this statement to the policy of role slipway-pull. It covers this repository only.',
      paste: {
        title: 'IAM policy statement',
        text: `{
  "Sid": "SlipwayPullLedgerReconciler",
  "Effect": "Allow",
  "Action": [
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchCheckLayerAvailability"
  ],
  "Resource": "${arn}"
}`,
      },
    });
    expect({ kind, isRetryable }).toEqual({ kind: 'denied', isRetryable: false });
  });

  test.each<
    [
      string,
      RefusalError,
      RegistrySecret | null,
      Partial<Record<'what' | 'why' | 'next', RegExp>>,
      RegExp | null,
    ]
  >([
    [
      'from a principal of another account',
      new AccessDeniedError(refused(denial(stranger, 'ecr:BatchGetImage'))),
      key,
      {
        why: /is in account 1111 2222 3333, and role pull is of account 4444 5555 6666/,
        next: /^In account 1111 2222 3333/,
      },
      /"AWS": "arn:aws:iam::444455556666:role\/pull"/,
    ],
    [
      'from a role of another account whose path only the secret tells',
      new AccessDeniedError(refused(denial(stranger, 'ecr:BatchGetImage'))),
      { ...key, values: { ...values, AWS_ROLE_ARN: 'arn:aws:iam::444455556666:role/team/pull' } },
      {},
      /"AWS": "arn:aws:iam::444455556666:role\/team\/pull"/,
    ],
    [
      'from another account whose own policy is what lacks',
      new AccessDeniedError(
        refused(
          denial(
            stranger,
            'ecr:BatchGetImage',
            ' because no identity-based policy allows the ecr:BatchGetImage action',
          ),
        ),
      ),
      key,
      { next: /policy of role pull/ },
      new RegExp(`"Resource": "${arn}"`),
    ],
    [
      'by an explicit deny, which no statement helps against',
      new AccessDeniedError(
        refused(denial(user, 'ecr:BatchGetImage', ' with an explicit deny in a service control policy')),
      ),
      key,
      {
        why: /^Some service control policy denies ecr:BatchGetImage to user ci/,
        next: /Ask whoever manages/,
      },
      null,
    ],
    [
      'by a boundary',
      new AccessDeniedError(
        refused(
          denial(
            user,
            'ecr:BatchGetImage',
            ' because no permissions boundary policy allows the ecr:BatchGetImage action',
          ),
        ),
      ),
      key,
      { why: /^The permissions boundary that holds for user ci does not allow/ },
      null,
    ],
    [
      'of a layer without a word',
      new AccessDeniedError(refused(undefined, { place: { registry, repository } })),
      key,
      { why: /ecr:GetDownloadUrlForLayer is not allowed/ },
      new RegExp(`"Resource": "${arn}"`),
    ],
    [
      'as a repository that does not exist',
      new RepositoryUnknownError(refused(undefined, { status: 404 })),
      key,
      {
        what: /^There is no repository payments\/batch\/ledger-reconciler in this registry$/,
        why: /^Account 1111 2222 3333 has none of this name in eu-west-1/,
        next: /^Check the path, then account and region/,
      },
      null,
    ],
    [
      'as a repository that does not exist, to a secret of another region',
      new RepositoryUnknownError(refused(undefined, { status: 404 })),
      { ...key, values: { ...values, AWS_REGION: 'us-east-1' } },
      { next: /^The secret says us-east-1/ },
      null,
    ],
    [
      'as a tag that does not exist',
      new ManifestUnknownError(refused(undefined, { status: 404 })),
      key,
      { what: /has no tag 7f31c9e/, why: /lifecycle policy/ },
      null,
    ],
    [
      'without a sign-in',
      new SignInRefusedError(refused(undefined, { hadCredentials: false, status: 401 })),
      null,
      { what: /^This ECR registry is private$/, next: /type AWS ECR/ },
      null,
    ],
    [
      'although the password is fresh',
      new SignInRefusedError(refused('Not Authorized', { status: 401 })),
      key,
      { what: /^ECR does not take the password that it gave out$/ },
      null,
    ],
    [
      'as a password that somebody copied half a day ago',
      new SignInRefusedError(refused('Your authorization token has expired.', { status: 403 })),
      {
        ...bindingOf({ type: 'registry', host: registry }),
        values: { REGISTRY_USERNAME: 'AWS', REGISTRY_PASSWORD: 'x' },
      },
      { why: /end twelve hours after/, next: /Save an access key as a secret of the type AWS ECR/ },
      null,
    ],
  ])('%s', (_what, error, secret, words, paste) => {
    const report = explain(error, secret);
    expect(report.code).toBe(reportError(error).code);
    for (const [field, pattern] of Object.entries(words))
      expect(report[field as keyof typeof words]).toMatch(pattern);
    if (paste === null) expect(report.paste).toBeUndefined();
    else expect(report.paste?.text).toMatch(paste);
  });

  test('as an address that leads nowhere is about the region, or about a network of one’s own', () => {
    const error = new AddressRefusedError({ registry });
    const report = reportError(diagnose({ error, reference: { registry }, secret: key }));
    expect(report).toMatchObject({ code: 'registry_unavailable', isRetryable: false });
    expect(report.why).toContain('AWS has no region eu-west-1');
    expect(report.next).toContain('allowPrivate for *.eu-west-1.amazonaws.com');
  });
});

describe('what the API refuses', () => {
  const call = (host: string, more: Partial<AwsCall> = {}): AwsCall => ({
    action: 'ecr:GetAuthorizationToken',
    service: 'AWS ECR in eu-west-1',
    endpoint: undefined,
    host: parseEcrHost(host) as EcrHost,
    repository,
    accessKeyId: 'AKIA1234567890ABCDEF',
    roleArn: undefined,
    hasExternalId: false,
    ...more,
  });
  /** An error as the SDK throws it. */
  const thrown = (name: string, message: string, status = 400) =>
    Object.assign(new Error(message), {
      name,
      $fault: 'client',
      $metadata: { httpStatusCode: status },
      $response: { headers: {} },
    });
  const explain = (error: unknown, asked = call(registry)) => reportError(awsFailure({ error, call: asked }));

  test.each<[string, unknown, AwsCall, { code: string; why?: RegExp; next?: RegExp; isRetryable?: boolean }]>(
    [
      [
        'an unknown key in a region that accounts have to enable',
        thrown('UnrecognizedClientException', 'The security token included in the request is invalid.'),
        call('111122223333.dkr.ecr.eu-south-2.amazonaws.com'),
        { code: 'sign_in_refused', why: /has not enabled the region eu-south-2/ },
      ],
      [
        'an unknown key in a region that is always on',
        thrown('InvalidClientTokenId', 'The security token included in the request is invalid.', 403),
        call(registry),
        { code: 'sign_in_refused', why: /^(?!.*enabled)/ },
      ],
      [
        'a signature that cannot be read',
        thrown('IncompleteSignatureException', "Authorization header requires 'Credential' parameter."),
        call(registry),
        { code: 'sign_in_refused', why: /A character that does not belong/, next: /Paste the values/ },
      ],
      [
        'an account that never used the service',
        thrown('OptInRequired', 'The AWS Access Key Id needs a subscription for the service', 403),
        call(registry),
        { code: 'sign_in_refused', why: /switched off for the account/ },
      ],
      [
        'too many calls',
        thrown('ThrottlingException', 'Rate exceeded'),
        call(registry),
        { code: 'rate_limited', isRetryable: true },
      ],
      [
        'a fault of AWS',
        thrown('ServerException', 'oops', 500),
        call(registry),
        { code: 'registry_unavailable', isRetryable: true },
      ],
      [
        'a code that nobody here knows',
        thrown('AccountSuspendedException', 'The account is suspended.'),
        call(registry),
        { code: 'sign_in_refused', why: /AccountSuspended.*“The account is suspended\.”/ },
      ],
      [
        'an identity that may not assume roles at all',
        thrown(
          'AccessDenied',
          `User: ${user} is not authorized to perform: sts:AssumeRole on resource: r because no identity-based policy allows the sts:AssumeRole action`,
          403,
        ),
        call(registry, { action: 'sts:AssumeRole', roleArn: 'arn:aws:iam::111122223333:role/pull' }),
        { code: 'access_denied', next: /Add this statement to the policy of user ci/ },
      ],
      [
        'a role of another account',
        thrown(
          'AccessDenied',
          `User: ${user} is not authorized to perform: sts:AssumeRole on resource: r`,
          403,
        ),
        call(registry, { action: 'sts:AssumeRole', roleArn: 'arn:aws:iam::444455556666:role/pull' }),
        { code: 'access_denied', next: /The role is in another account/ },
      ],
      [
        'a region that is none',
        new AddressRefusedError({ registry: 'api.ecr.eu-wset-1.amazonaws.com' }),
        call('111122223333.dkr.ecr.eu-wset-1.amazonaws.com'),
        { code: 'registry_unavailable', why: /AWS has no region eu-wset-1/, isRetryable: false },
      ],
      [
        'an endpoint of the operator that leads nowhere',
        new AddressRefusedError({ registry: 'vpce.example' }),
        call(registry, { endpoint: new URL('https://vpce.example') }),
        {
          code: 'registry_unavailable',
          why: /^vpce\.example is unknown/,
          next: /correct AWS_ENDPOINT_URL_ECR/,
        },
      ],
      [
        'silence',
        Object.assign(new Error('x'), { cause: new DOMException('The operation timed out', 'TimeoutError') }),
        call(registry),
        { code: 'registry_unavailable', why: /did not answer in time/, isRetryable: true },
      ],
      [
        'a connection that breaks off',
        Object.assign(new Error('x'), { cause: Object.assign(new Error('y'), { code: 'ECONNRESET' }) }),
        call(registry),
        { code: 'registry_unavailable', why: /broke off/, isRetryable: true },
      ],
    ],
  )('%s', (_what, error, asked, expected) => {
    const report = explain(error, asked);
    expect(report.code).toBe(expected.code);
    if (expected.why !== undefined) expect(report.why).toMatch(expected.why);
    if (expected.next !== undefined) expect(report.next).toMatch(expected.next);
    if (expected.isRetryable !== undefined) expect(report.isRetryable).toBe(expected.isRetryable);
  });
});
