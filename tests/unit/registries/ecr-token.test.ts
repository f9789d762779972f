import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createEgress } from '#lib/egress/egress.ts';
import { AddressRefusedError } from '#lib/egress/errors.ts';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import { cloudsOf } from '#lib/registries/clouds.ts';
import { type EcrHost, parseEcrHost } from '#lib/registries/ecr.ts';
import { type EcrSourceOptions, ecrSource } from '#lib/registries/ecr-token.ts';
import { type AwsEndpoint, startAwsEndpoint } from '#tests/support/aws-endpoint.ts';
import { type Key, pullActions, pullPolicy } from '#tests/support/aws-iam.ts';

/** What these tests do not need: no image is pulled. */
const registry = { url: 'http://127.0.0.1:9', authorize: () => undefined };
const signal = new AbortController().signal;

let aws: AwsEndpoint;
let key: Key;
beforeEach(async () => {
  aws = await startAwsEndpoint({ registry });
  onTestFinished(() => aws.stop());
  key = aws.addUser();
});

/** A source as a build has it, its requests going over the guarded way out to the strict endpoint. */
function open(values: Readonly<Record<string, string>>, more: Partial<EcrSourceOptions> = {}) {
  const registries = { registries: {}, tokenUris: [] };
  const egress = createEgress({ registries });
  onTestFinished(() => egress.close());
  const minted: string[] = [];
  const steps: string[] = [];
  const endpoint = new URL(aws.api.url);
  const source = ecrSource({
    values,
    clouds: cloudsOf({ egress, registries, awsEndpoints: { ecr: endpoint, sts: endpoint } }),
    host: parseEcrHost(aws.host) as EcrHost,
    repository: 'team/app',
    onMinted: (value) => minted.push(value),
    onStep: (line) => steps.push(line),
    ...more,
  });
  return { source, minted, steps, mint: (isRefused = false) => source({ isRefused, signal }) };
}

async function failureOf(values: Readonly<Record<string, string>>): Promise<ErrorReport> {
  try {
    await open(values).mint();
  } catch (error) {
    const report = reportError(error);
    // Whatever failed: no half of any key is in what is said of it.
    const said = JSON.stringify([report, error instanceof Error ? [error.message, error.stack] : '']);
    for (const secret of [
      key.secretAccessKey,
      values.AWS_SESSION_TOKEN,
      values.AWS_EXTERNAL_ID,
      ...aws.handedOut,
    ]) {
      if (secret) expect(said).not.toContain(secret);
    }
    return report;
  }
  throw new Error('It minted');
}

describe('a password for ECR', () => {
  test('comes from the key of the secret, and is announced before it is used', async () => {
    const { mint, minted, steps } = open(aws.valuesOf(key));
    const { username, password } = await mint();
    expect(username).toBe('AWS');
    expect([password]).toEqual(aws.handedOut);
    expect(minted).toEqual([password, Buffer.from(`AWS:${password}`).toString('base64')]);
    expect(steps).toEqual(['ecr:GetAuthorizationToken, token valid for 12h']);
    expect(aws.calls).toMatchObject([{ service: 'ecr', status: 200, accessKeyId: key.accessKeyId }]);
  });

  test('comes from a temporary key with its session token', async () => {
    const session = aws.addSession(key);
    await open(aws.valuesOf(session)).mint();
    expect(aws.calls).toMatchObject([{ service: 'ecr', status: 200, accessKeyId: session.accessKeyId }]);
  });

  test.each([undefined, 'external-id-of-halden'])(
    'comes through a role (external ID %s)',
    async (externalId) => {
      const role = aws.addRole({ name: 'slipway-pull', trusts: [key], ...(externalId && { externalId }) });
      const { mint, minted, steps } = open(aws.valuesOf(key, { role, ...(externalId && { externalId }) }));
      await mint();
      expect(aws.calls).toMatchObject([
        { service: 'sts', action: 'AssumeRole', status: 200, accessKeyId: key.accessKeyId },
        { service: 'ecr', action: 'GetAuthorizationToken', status: 200 },
      ]);
      expect(aws.calls[1]?.accessKeyId).toMatch(/^ASIA/);
      expect(steps).toEqual([
        'assumed role slipway-pull, session slipway',
        'ecr:GetAuthorizationToken, token valid for 12h',
      ]);
      // The role's keys are as good as the user's: they are hidden too.
      expect(minted).toEqual(expect.arrayContaining([...aws.handedOut]));
    },
  );

  test('is asked for in the region of the registry, whatever the secret says', async () => {
    await open(aws.valuesOf(key, { region: 'us-east-1' })).mint();
    expect(aws.calls).toMatchObject([{ status: 200 }]);
  });

  test('is kept, and minted anew when it is refused or about to end', async () => {
    let now = Date.now();
    const { mint } = open(aws.valuesOf(key), { clock: () => now });
    const first = await mint();
    expect(await mint()).toEqual(first);
    const second = await mint(true);
    expect(second.password).not.toBe(first.password);
    now += 11 * 3_600_000 + 56 * 60_000;
    expect((await mint()).password).not.toBe(second.password);
    expect(aws.calls).toHaveLength(3);
  });

  test.each([
    [{ offsetMs: 3_600_000 }, 'ahead'],
    [{ offsetMs: -86_400_000 }, 'behind'],
  ])('comes although the clocks disagree (%o)', async (clock) => {
    aws.setClock(clock);
    await open(aws.valuesOf(key)).mint();
    expect(aws.calls.at(-1)).toMatchObject({ status: 200 });
  });

  test('comes after what passes: a server that is busy or breaks off', async () => {
    for (const fault of ['unavailable', 'cut'] as const) {
      aws.api.faults.set(fault, { times: 2 });
      await open(aws.valuesOf(key)).mint();
    }
    expect(aws.calls.map(({ status }) => status)).toEqual([200, 200]);
  });

  test('is given up at once when the build is', async () => {
    aws.api.faults.set('silent');
    const cancel = new AbortController();
    const { source } = open(aws.valuesOf(key));
    const minting = source({ isRefused: false, signal: cancel.signal });
    cancel.abort();
    await expect(minting).rejects.toMatchObject({ name: 'CancelledError' });
  });
});

describe('the addresses that are called', () => {
  /** Where a source calls first for a host of this form, as a role or as itself. */
  async function addressFor(host: string, values: Readonly<Record<string, string>>): Promise<string> {
    const called: string[] = [];
    const fetchFor = (service: URL) => {
      called.push(service.href);
      throw new AddressRefusedError({ registry: service.host });
    };
    const clouds = { fetchFor, awsEndpoints: {}, tokenUris: [] };
    const { mint } = open(values, { host: parseEcrHost(host) as EcrHost, clouds });
    await expect(mint()).rejects.toMatchObject({ code: 'registry_unavailable' });
    return called.join();
  }

  test.each([
    ['dkr.ecr.eu-west-1.amazonaws.com', 'api.ecr.eu-west-1.amazonaws.com', 'sts.eu-west-1.amazonaws.com'],
    [
      'dkr.ecr-fips.us-east-2.amazonaws.com',
      'api.ecr-fips.us-east-2.amazonaws.com',
      'sts-fips.us-east-2.amazonaws.com',
    ],
    ['dkr-ecr.eu-west-1.on.aws', 'ecr.eu-west-1.api.aws', 'sts.eu-west-1.api.aws'],
    ['dkr-ecr-fips.us-west-2.on.aws', 'ecr-fips.us-west-2.api.aws', 'sts-fips.us-west-2.api.aws'],
    [
      'dkr.ecr.us-gov-west-1.amazonaws.com',
      'api.ecr.us-gov-west-1.amazonaws.com',
      'sts.us-gov-west-1.amazonaws.com',
    ],
    [
      'dkr.ecr.cn-north-1.amazonaws.com.cn',
      'api.ecr.cn-north-1.amazonaws.com.cn',
      'sts.cn-north-1.amazonaws.com.cn',
    ],
    [
      'dkr.ecr.eusc-de-east-1.amazonaws.eu',
      'api.ecr.eusc-de-east-1.amazonaws.eu',
      'sts.eusc-de-east-1.amazonaws.eu',
    ],
  ])('for %s are %s and %s', async (form, ecr, sts) => {
    const host = `111122223333.${form}`;
    expect(await addressFor(host, aws.valuesOf(key, { region: 'us-east-1' }))).toBe(`https://${ecr}/`);
    const role = aws.addRole({ name: 'pull', trusts: [key] });
    expect(await addressFor(host, aws.valuesOf(key, { role }))).toBe(`https://${sts}/`);
  });
});

describe('what AWS refuses is named', () => {
  const wrongHalf = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

  test.each<[string, () => Readonly<Record<string, string>>, Partial<Record<keyof ErrorReport, unknown>>]>([
    [
      'a key that was deleted',
      () => {
        aws.removeKey(key);
        return aws.valuesOf(key);
      },
      {
        code: 'sign_in_refused',
        what: 'AWS does not know this access key',
        why: /^The key AKIA\w{16} was deleted/,
      },
    ],
    [
      'a key whose secret half is wrong',
      () => ({ ...aws.valuesOf(key), AWS_SECRET_ACCESS_KEY: wrongHalf }),
      { code: 'sign_in_refused', what: 'The secret access key is wrong' },
    ],
    [
      'a session that is over',
      () => aws.valuesOf(aws.addSession(key, { lifeMs: -1_000 })),
      { code: 'sign_in_refused', what: 'The temporary key has ended', next: /does not end/ },
    ],
    [
      'a session token of another key',
      () => ({ ...aws.valuesOf(aws.addSession(key)), AWS_SESSION_TOKEN: 'x'.repeat(300) }),
      { what: 'AWS does not know this access key', why: /its session token is of another key/ },
    ],
    [
      'a sign-in that no policy allows',
      () => aws.valuesOf(aws.addUser({ name: 'ci', policy: [] })),
      {
        code: 'access_denied',
        what: 'User ci may not sign in to ECR',
        why: /ecr:GetAuthorizationToken is not allowed/,
        next: /^Attach this policy to user ci/,
      },
    ],
    [
      'a sign-in that a policy denies',
      () => {
        const deny = { Effect: 'Deny', Action: ['ecr:*'], Resource: ['*'] } as const;
        return aws.valuesOf(aws.addUser({ name: 'ci', policy: [deny, ...pullPolicy(['*'])] }));
      },
      {
        code: 'access_denied',
        why: /^Some identity-based policy denies ecr:GetAuthorizationToken to user ci/,
        paste: undefined,
      },
    ],
    [
      'a role that trusts somebody else',
      () => aws.valuesOf(key, { role: aws.addRole({ name: 'pull', trusts: [] }) }),
      {
        code: 'access_denied',
        what: 'AWS does not let this key assume the role pull',
        why: /trust policy does not name user ci/,
      },
    ],
    [
      'a role that asks for an external ID, which the secret lacks',
      () => aws.valuesOf(key, { role: aws.addRole({ name: 'pull', trusts: [key], externalId: 'x-1' }) }),
      { why: /asks for an external ID, which the secret lacks/, paste: { text: /^(?!.*ExternalId)/s } },
    ],
    [
      'a role that asks for another external ID',
      () => {
        const role = aws.addRole({ name: 'pull', trusts: [key], externalId: 'external-right' });
        return aws.valuesOf(key, { role, externalId: 'external-wrong' });
      },
      {
        why: /asks for another external ID/,
        paste: { text: /"sts:ExternalId": "THE EXTERNAL ID OF THE SECRET"/ },
      },
    ],
    [
      'a role that may not sign in',
      () => aws.valuesOf(key, { role: aws.addRole({ name: 'pull', trusts: [key], policy: [] }) }),
      { what: 'Role pull may not sign in to ECR' },
    ],
    [
      'a region that is switched off',
      () => {
        aws.disableRegion();
        return aws.valuesOf(key, { role: aws.addRole({ name: 'pull', trusts: [key] }) });
      },
      { code: 'sign_in_refused', what: 'The key’s account does not use the region eu-west-1' },
    ],
    [
      'a clock that cannot be set right',
      () => {
        aws.setClock({ offsetMs: 3_600_000, isHidden: true });
        return aws.valuesOf(key);
      },
      { code: 'clock_wrong', kind: 'setup' },
    ],
  ])('%s', async (_what, values, expected) => {
    const { paste, ...words } = await failureOf(values());
    const { paste: pasteExpected, ...wordsExpected } = expected as { paste?: { text: RegExp } };
    for (const [field, value] of Object.entries(wordsExpected) as [keyof typeof words, string | RegExp][]) {
      expect(words[field]).toEqual(value instanceof RegExp ? expect.stringMatching(value) : value);
    }
    if (pasteExpected !== undefined) expect(paste?.text).toMatch(pasteExpected.text);
    else if ('paste' in expected) expect(paste).toBeUndefined();
  });

  test('with the whole policy to attach, the repository’s own ARN in it', async () => {
    const { paste } = await failureOf(aws.valuesOf(aws.addUser({ policy: [] })));
    expect(paste?.title).toBe('IAM policy');
    const { Statement } = JSON.parse(paste?.text ?? '');
    expect(Statement.map((one: { Action: string[] }) => one.Action)).toEqual([
      ['ecr:GetAuthorizationToken'],
      [...pullActions],
    ]);
    expect(Statement[1].Resource).toEqual([aws.arnOf('team/app')]);
  });

  test('with the statement for the trust policy, the caller’s own ARN in it', async () => {
    const role = aws.addRole({ name: 'pull', trusts: [] });
    const { paste } = await failureOf(aws.valuesOf(key, { role }));
    expect(paste?.title).toBe('Trust policy statement');
    expect(JSON.parse(paste?.text ?? '')).toMatchObject({
      Principal: { AWS: key.principal.arn },
      Action: 'sts:AssumeRole',
    });
  });

  test.each([
    ['unavailable', 'registry_unavailable', true],
    ['malformed', 'token_service_answer', false],
    ['redirect', 'token_service_answer', false],
    ['cut', 'registry_unavailable', true],
  ] as const)('an endpoint that is %s', async (fault, code, isRetryable) => {
    aws.api.faults.set(fault);
    const role = aws.addRole({ name: 'pull', trusts: [key] });
    for (const [values, service] of [
      [aws.valuesOf(key), 'AWS ECR in eu-west-1'],
      [aws.valuesOf(key, { role }), 'AWS STS in eu-west-1'],
    ] as const) {
      const failure = await failureOf(values);
      expect(failure).toMatchObject({ code, isRetryable });
      expect(failure.what).toContain(service);
    }
  });

  test('an endpoint of another region than the image’s', async () => {
    const elsewhere = parseEcrHost('111122223333.dkr.ecr.us-east-1.amazonaws.com') as EcrHost;
    const failing = open(aws.valuesOf(key), { host: elsewhere }).mint();
    await expect(failing).rejects.toMatchObject({
      advice: {
        what: expect.stringMatching(/^127\.0\.0\.1:\d+ does not serve the region us-east-1$/),
        next: expect.stringContaining('AWS_ENDPOINT_URL_ECR'),
      },
    });
  });
});
