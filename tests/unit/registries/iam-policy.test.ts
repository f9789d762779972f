import { describe, expect, test } from 'vitest';
import {
  accountOfRole,
  assumeStatement,
  iamPolicy,
  parseRepositories,
  pullStatement,
  repositoryArns,
  repositoryPolicy,
  trustStatement,
} from '#lib/registries/iam-policy.ts';

const specification = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'SlipwaySignIn', Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' },
    {
      Sid: 'SlipwayRead',
      Effect: 'Allow',
      Action: [
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
      ],
      Resource: ['arn:aws:ecr:us-east-1:000000000000:repository/my-private-registry'],
    },
  ],
};

describe('the IAM policy', () => {
  test('in full holds every action of the specification, on the registry that was typed', () => {
    const target = parseRepositories(
      '000000000000.dkr.ecr.us-east-1.amazonaws.com/my-private-registry:latest',
    );
    expect(JSON.parse(iamPolicy({ kind: 'full', ...target }))).toEqual(specification);
  });

  test('for pulling holds the sign-in and three actions, no more', () => {
    const policy = JSON.parse(
      iamPolicy({ kind: 'pull', region: 'eu-west-1', accountId: null, paths: ['ml/*'] }),
    );
    expect(policy.Statement.flatMap((statement: { Action: string[] }) => statement.Action)).toEqual([
      'ecr:GetAuthorizationToken',
      'ecr:BatchGetImage',
      'ecr:GetDownloadUrlForLayer',
      'ecr:BatchCheckLayerAvailability',
    ]);
  });
});

describe('a statement to add', () => {
  const pulls = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'];

  test.each([
    ['payments/batch/ledger-reconciler', 'eu-west-1', 'SlipwayPullLedgerReconciler', 'aws'],
    ['web', 'cn-north-1', 'SlipwayPullWeb', 'aws-cn'],
    ['a/b_c.d-2', 'us-gov-east-1', 'SlipwayPullBCD2', 'aws-us-gov'],
    ['x', 'eusc-de-east-1', 'SlipwayPullX', 'aws-eusc'],
  ])('names the repository %s in %s alone', (path, region, sid, partition) => {
    expect(JSON.parse(pullStatement({ path, region, accountId: '111122223333' }))).toEqual({
      Sid: sid,
      Effect: 'Allow',
      Action: pulls,
      Resource: `arn:${partition}:ecr:${region}:111122223333:repository/${path}`,
    });
  });

  test('to a repository itself names whoever pulls from another account', () => {
    const principal = 'arn:aws:iam::444455556666:role/pull';
    expect(JSON.parse(repositoryPolicy(principal)).Statement).toEqual([
      { Sid: 'SlipwayPull', Effect: 'Allow', Principal: { AWS: principal }, Action: pulls },
    ]);
  });

  test('to assume a role is for its two sides, and repeats no external ID', () => {
    const roleArn = 'arn:aws:iam::444455556666:role/pull';
    const principalArn = 'arn:aws:iam::111122223333:user/ci';
    expect(JSON.parse(assumeStatement(roleArn))).toMatchObject({
      Action: 'sts:AssumeRole',
      Resource: roleArn,
    });
    const trust = { Effect: 'Allow', Principal: { AWS: principalArn }, Action: 'sts:AssumeRole' };
    expect(JSON.parse(trustStatement({ principalArn, hasExternalId: false }))).toEqual({
      Sid: 'SlipwayAssumeRole',
      ...trust,
    });
    expect(JSON.parse(trustStatement({ principalArn, hasExternalId: true })).Condition).toEqual({
      StringEquals: { 'sts:ExternalId': 'THE EXTERNAL ID OF THE SECRET' },
    });
  });
});

describe('the ARNs', () => {
  test.each([
    ['nothing typed', null, null, [], ['arn:aws:ecr:*:*:repository/*']],
    ['a region', 'eu-west-1', null, [], ['arn:aws:ecr:eu-west-1:*:repository/*']],
    [
      'two paths',
      'eu-west-1',
      '111122223333',
      ['ml/*', 'web'],
      [
        'arn:aws:ecr:eu-west-1:111122223333:repository/ml/*',
        'arn:aws:ecr:eu-west-1:111122223333:repository/web',
      ],
    ],
    [
      'China',
      'cn-north-1',
      '111122223333',
      ['web'],
      ['arn:aws-cn:ecr:cn-north-1:111122223333:repository/web'],
    ],
    ['GovCloud', 'us-gov-west-1', null, [], ['arn:aws-us-gov:ecr:us-gov-west-1:*:repository/*']],
  ])('with %s', (_what, region, accountId, paths, arns) => {
    expect(repositoryArns({ region, accountId, paths })).toEqual(arns);
  });
});

describe('the repositories field', () => {
  test.each([
    ['', { accountId: null, region: null, paths: [], refused: [] }],
    ['ml/*, web  ml/*', { accountId: null, region: null, paths: ['ml/*', 'web'], refused: [] }],
    ['*', { accountId: null, region: null, paths: ['*'], refused: [] }],
    ['team/app:1.4', { accountId: null, region: null, paths: ['team/app'], refused: [] }],
    [
      'https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/ml/serving@sha256:aa',
      { accountId: '111122223333', region: 'eu-west-1', paths: ['ml/serving'], refused: [] },
    ],
    [
      '111122223333.dkr.ecr-fips.us-east-2.amazonaws.com/a',
      { accountId: '111122223333', region: 'us-east-2', paths: ['a'], refused: [] },
    ],
    [
      '111122223333.dkr-ecr.eu-west-1.on.aws/a',
      { accountId: '111122223333', region: 'eu-west-1', paths: ['a'], refused: [] },
    ],
    [
      '111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/a',
      { accountId: '111122223333', region: 'cn-north-1', paths: ['a'], refused: [] },
    ],
    ['ML/Serving', { accountId: null, region: null, paths: [], refused: ['ML/Serving'] }],
    ['"],"Effect":"Deny', { accountId: null, region: null, paths: [], refused: ['"]', '"Effect":"Deny'] }],
    ['/leading trailing/', { accountId: null, region: null, paths: [], refused: ['/leading', 'trailing/'] }],
  ])('%j', (text, target) => {
    expect(parseRepositories(text)).toEqual(target);
  });
});

test.each([
  ['arn:aws:iam::111122223333:role/pull', '111122223333'],
  ['arn:aws-us-gov:iam::111122223333:role/team/pull', '111122223333'],
  ['arn:aws:iam::111122223333:user/pull', null],
  ['', null],
])('the account of %j', (arn, account) => {
  expect(accountOfRole(arn)).toBe(account);
});
