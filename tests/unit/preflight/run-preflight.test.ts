import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mediaTypes } from '#lib/oci/media-types.ts';
import { digestOf } from '#lib/oci/verify-digest.ts';
import type { PreflightOptions } from '#lib/preflight/run-preflight.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';
import { faultsOf, preflight, type Ran } from '#tests/support/preflight.ts';
import { type HostileServer, sendError, startServer } from '#tests/unit/oci/hostile-server.ts';

const open = { plainHttp: true, allowPrivate: true };
const secret = {
  type: 'registry' as const,
  values: { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'password-1234' },
};

describe('a preflight of an image that can be pulled', () => {
  it('passes, fetches no layer and asks no more than it has to', async () => {
    const registry = await serveImage({ image: makeImage() });
    const ran = await look(registry);
    expect(ran.lines).toEqual([
      `passed name: ${registry.host}/acme/app:1.4`,
      'passed dns: 127.0.0.1 is an address',
      'skipped tls: It answers over plain http, which registries.json allows',
      'passed sign_in: Nobody has to sign in',
      'passed permission: May read acme/app, layers included',
      expect.stringMatching(/^passed manifest: sha256:[0-9a-f]{8}…[0-9a-f]{4}$/),
      'passed platform: linux/amd64 only',
      'passed size: 2 layers, 3.00 MB',
      `passed pulls_left: ${registry.host} names no pull limit`,
    ]);
    expect(faultsOf(ran)).toEqual([]);
    expect(ran.isCredentialRefused).toBe(false);
    expect(ran.failure).toBeUndefined();
    expect(asked(registry)).toEqual([
      'GET /v2/',
      'HEAD /v2/acme/app/manifests/1.4',
      'GET /v2/acme/app/manifests/DIGEST',
      'HEAD /v2/acme/app/blobs/DIGEST',
      'GET /v2/acme/app/blobs/DIGEST',
    ]);
  });

  it('shows every check as it begins and ends', async () => {
    const ran = await look(await serveImage({ image: makeImage() }));
    const steps = ran.views.map(({ checks }) => checks.map(({ state }) => state[0]).join(''));
    expect(steps.slice(0, 3)).toEqual(['rwwwwwwww', 'pwwwwwwww', 'prwwwwwww']);
    expect(ran.views.at(0)?.state).toBe('running');
    expect(ran.views.at(-1)?.state).toBe('ended');
  });

  it('reads from the store what an earlier pull brought', async () => {
    const image = makeImage();
    const registry = await serveImage({ image });
    const store = await openBlobStore({ root: await folder(), durability: 'fast' });
    await store.write({ digest: digestOf(image.manifest), bytes: image.manifest });
    await store.write({ digest: digestOf(image.config), bytes: image.config });
    const provenance = { known: async (digests: readonly never[]) => new Set(digests) };
    const ran = await look(registry, { cache: { store, provenance } });
    expect(ran.check('size').detail).toMatch(/^2 layers, 3\.00 MB, .+ free$/);
    expect(asked(registry)).toEqual([
      'GET /v2/',
      'HEAD /v2/acme/app/manifests/1.4',
      'HEAD /v2/acme/app/blobs/DIGEST',
    ]);
  });

  it('counts layers that are in the store as room that is not needed', async () => {
    const layer = Buffer.alloc(1_000, 7);
    const image = makeImage({ layers: [layer, Buffer.alloc(2_000, 8)] });
    const store = await openBlobStore({ root: await folder(), durability: 'fast' });
    await store.write({ digest: digestOf(layer), bytes: layer });
    const provenance = { known: async (digests: readonly never[]) => new Set(digests) };
    const ran = await look(await serveImage({ image }), { cache: { store, provenance } });
    expect(ran.check('size').detail).toMatch(/^2 layers, 3\.00 kB, 1\.00 kB of it in the store, /);
    const nothingKnown = { known: async () => new Set<never>() };
    const other = await look(await serveImage({ image }), { cache: { store, provenance: nothingKnown } });
    expect(other.check('size').detail).toMatch(/^2 layers, 3\.00 kB, [0-9.]+ GB free$/);
  });

  it('shows how many pulls are left, and warns of the last', async () => {
    for (const [left, state] of [
      [63, 'passed'],
      [10, 'warned'],
      [1, 'warned'],
    ] as const) {
      const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': `${left};w=21600` };
      const ran = await look(await serveImage({ image: makeImage(), headers }));
      expect(ran.check('pulls_left')).toMatchObject({
        state,
        detail: `${left} of 100 pulls left, counted over 6h 00m`,
      });
      expect(ran.view.allowance).toEqual({ limit: 100, remaining: left, windowSeconds: 21_600 });
      expect(ran.failure).toBeUndefined();
    }
  });

  it('proves the right to layers with a first byte where the storage behind takes no HEAD', async () => {
    const image = makeImage();
    const cloud = await startServer((request, response) => {
      if (request.method === 'HEAD') return response.writeHead(403).end();
      response.end(image.config);
    });
    const registry = await serveImage({ image, blobsAt: cloud.url });
    expect((await look(registry)).check('permission').detail).toBe('May read acme/app, layers included');
  });
});

describe('a preflight that fails', () => {
  it.each<[string, (request: IncomingMessage, response: ServerResponse) => boolean, string, RegExp]>([
    ['a registry that refuses', refuse(403, 'DENIED'), 'permission', /may not be read, or does not exist/],
    [
      'a registry that is down',
      (_request, response) => void response.writeHead(503).end() === undefined,
      'sign_in',
      /could not be reached/,
    ],
    [
      'no registry at all',
      (_request, response) => void response.writeHead(200).end('<html>') === undefined,
      'manifest',
      /gave an answer that a registry does not give|not valid/,
    ],
    [
      'a limit that is used up',
      whenever('HEAD', (response) => response.writeHead(429, { 'retry-after': '3600' }).end()),
      'permission',
      /limits how often|no pulls left/,
    ],
    [
      'an image of another kind',
      (request, response) =>
        /manifests/.test(request.url ?? '') &&
        void sendBytes(
          request,
          response,
          Buffer.from(
            JSON.stringify({
              schemaVersion: 2,
              mediaType: mediaTypes.ociManifest,
              config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest: some, size: 2 },
              layers: [],
            }),
          ),
          mediaTypes.ociManifest,
        ) === undefined,
      'manifest',
      /This is an artifact, not a container image/,
    ],
  ])('at %s says so, and tests nothing after it', async (_, intercept, name, what) => {
    const registry = await serveImage({ image: makeImage(), intercept });
    const ran = await look(registry, { secret: { ...secret, host: registry.host } });
    expect(faultsOf(ran)).toEqual([]);
    expect(failedAt(ran)).toBe(name);
    expect(ran.check(name as never).problem?.what).toMatch(what);
    expect(ran.failure).toMatchObject({ advice: { what: expect.stringMatching(what) } });
    expect(ran.isCredentialRefused).toBe(false);
  });

  it('at a wrong password says that it will be refused again', async () => {
    const registry = await startServer((_request, response) =>
      sendError(response, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="r"' }),
    );
    const ran = await look(registry, { secret: { ...secret, host: registry.host } });
    expect(failedAt(ran)).toBe('sign_in');
    expect(ran.isCredentialRefused).toBe(true);
    const without = await look(registry);
    expect(failedAt(without)).toBe('sign_in');
    expect(without.isCredentialRefused).toBe(false);
    expect(without.check('permission').detail).toBe('Not tested: sign-in failed');
  });

  it('at a tag that does not exist names the nearest', async () => {
    const tags = ['1.4.1', '1.3', 'latest'];
    const registry = await serveImage({ image: makeImage(), tags });
    const ran = await look(registry, { reference: `${registry.host}/acme/app:1.4.0` });
    expect(ran.check('permission').state).toBe('passed');
    expect(ran.check('manifest')).toMatchObject({
      state: 'failed',
      problem: {
        code: 'manifest_unknown',
        why: expect.stringContaining('The nearest of its tags: 1.4.1, 1.3.'),
        next: 'Use a tag that exists, such as 1.4.1, or push the one that you want.',
      },
    });
  });

  it.each([
    [[], /has no tags: nothing was pushed/],
    [['edge', 'nightly'], /None of its tags is alike; it has nightly, edge\./],
    ['denied', /^It was never pushed there, or it was deleted\. It said/],
  ] as const)('at a tag that does not exist beside %j says what there is', async (tags, why) => {
    const registry = await serveImage({ image: makeImage(), ...(tags === 'denied' ? {} : { tags }) });
    const ran = await look(registry, { reference: `${registry.host}/acme/app:2026` });
    expect(ran.check('manifest').problem?.why).toMatch(why);
  });

  it('at a repository that only the list of tags knows to be missing says that', async () => {
    const registry = await serveImage({
      image: makeImage(),
      intercept: (request, response) => {
        const isList = request.url?.includes('/tags/list') === true;
        if (isList) sendError(response, 404, 'NAME_UNKNOWN');
        else if (request.url?.includes('/manifests/')) sendError(response, 404, 'MANIFEST_UNKNOWN');
        else response.end('{}');
        return true;
      },
    });
    const ran = await look(registry);
    expect(failedAt(ran)).toBe('permission');
    expect(ran.failure).toMatchObject({ code: 'repository_unknown' });
  });

  it('at a platform that the image lacks names those it has', async () => {
    const single = await look(await serveImage({ image: makeImage() }), { platform: 'linux/arm64' });
    expect(single.check('manifest').state).toBe('passed');
    expect(single.check('platform')).toMatchObject({
      state: 'failed',
      problem: { code: 'platform_missing', why: 'It exists for linux/amd64.' },
    });
    const registry = await serveImage({ image: makeImage(), platforms: ['linux/amd64', 'linux/arm/v7'] });
    const index = await look(registry, { platform: 'linux/s390x' });
    expect(index.check('manifest').detail).toMatch(/, an index of 2 manifests$/);
    expect(index.check('platform').problem?.why).toBe('It exists for linux/amd64, linux/arm/v7.');
  });

  it('at a registry that lost the config says so', async () => {
    const registry = await serveImage({
      image: makeImage(),
      intercept: (request, response) =>
        request.url?.includes('/blobs/') === true && void response.writeHead(404).end() === undefined,
    });
    const ran = await look(registry);
    expect(ran.check('permission').state).toBe('passed');
    expect(ran.check('manifest').problem?.code).toBe('blob_unknown');
  });

  it('at a disk without room says how much is missing', async () => {
    const image = makeImage({ sizeBytes: 4_000_000_000_000_000 });
    const store = await openBlobStore({ root: await folder(), durability: 'fast' });
    const cache = { store, provenance: { known: async () => new Set<never>() } };
    const ran = await look(await serveImage({ image }), { cache });
    expect(ran.check('size')).toMatchObject({ state: 'failed', problem: { code: 'store_full' } });
  });

  it('at a platform that is none fails before anything is asked', async () => {
    const registry = await serveImage({ image: makeImage() });
    const ran = await look(registry, { platform: 'amd64' });
    expect(failedAt(ran)).toBe('name');
    expect(registry.seen).toEqual([]);
  });

  it('by a fault of our own is told, then thrown', async () => {
    const registry = await serveImage({ image: makeImage() });
    const fault = new Error('a defect');
    const views: string[] = [];
    const connect = () => {
      throw fault;
    };
    const running = look(registry, {
      connect,
      onView: ({ checks, state }) => void views.push(`${state} ${checks[3]?.problem?.code}`),
    });
    await expect(running).rejects.toBe(fault);
    expect(views.at(-1)).toBe('ended internal');
  });
});

describe('a preflight of Docker Hub', () => {
  it('costs no pull: it asks by HEAD, and leaves out what only a pull would tell', async () => {
    const registry = await serveImage({ image: makeImage(), repository: 'library/python' });
    const ran = await preflight({
      reference: 'python:1.4',
      rules: { 'docker.io': { ...open, endpoint: registry.url.href } },
    });
    expect(ran.lines.slice(4)).toEqual([
      'passed permission: May read library/python',
      expect.stringMatching(/^passed manifest: sha256:/),
      'skipped platform: Not tested: would cost one pull',
      'skipped size: Not tested: would cost one pull',
      'passed pulls_left: Docker Hub names no pull limit',
    ]);
    expect(asked(registry)).toEqual(['GET /v2/', 'HEAD /v2/library/python/manifests/1.4']);
  });

  it('looks for the tag without a pull, too', async () => {
    const registry = await serveImage({ image: makeImage(), repository: 'library/python', tags: ['3.12'] });
    const ran = await preflight({
      reference: 'python:3.13',
      rules: { 'docker.io': { ...open, endpoint: registry.url.href } },
    });
    expect(ran.check('manifest').problem?.why).toContain('3.12');
    expect(asked(registry)).toEqual([
      'GET /v2/',
      'HEAD /v2/library/python/manifests/3.13',
      'GET /v2/library/python/tags/list?n=1000',
    ]);
  });

  it('fails where no pull is left and the store lacks the image', async () => {
    const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' };
    const registry = await serveImage({ image: makeImage(), repository: 'library/python', headers });
    const rules = { 'docker.io': { ...open, endpoint: registry.url.href } };
    const ran = await preflight({ reference: 'python:1.4', rules });
    expect(ran.check('pulls_left')).toMatchObject({
      state: 'failed',
      problem: { code: 'rate_limited', what: expect.stringContaining('Docker Hub has no pulls left') },
    });
  });
});

describe('the way to a registry', () => {
  it('that is blocked and one that is unknown answer alike', async () => {
    const lookup = (name: string, _options: unknown, callback: (...found: never[]) => void) =>
      name === 'inside.example'
        ? callback(...([null, [{ address: '10.0.0.1', family: 4 }]] as never[]))
        : callback(...([Object.assign(new Error(), { code: 'ENOTFOUND' }), []] as never[]));
    const [blocked, unknown] = await Promise.all(
      ['inside.example', 'unknown.example'].map((host) =>
        preflight({ reference: `${host}/acme/app`, lookup }),
      ),
    );
    expect(failedAt(blocked as Ran)).toBe('dns');
    const words = (ran: Ran | undefined, host: string) =>
      JSON.stringify(ran?.view)
        .replaceAll(host, 'HOST')
        .replaceAll(/"tookMs":\d+/g, '');
    expect(words(blocked, 'inside.example')).toBe(words(unknown, 'unknown.example'));
  });

  it('that nobody answers on fails before a sign-in', async () => {
    const registry = await startServer(() => undefined);
    const { host } = registry;
    const ran = await preflight({
      reference: `127.0.0.1:1/acme/app`,
      rules: { '127.0.0.1:1': open },
    });
    expect(host).not.toBe('127.0.0.1:1');
    expect(failedAt(ran)).toBe('tls');
    expect(ran.check('tls').problem).toMatchObject({ why: 'Nothing listens at that address.' });
  });
});

describe('a preflight in time', () => {
  const stages = {
    sign_in: (path: string) => path === '/v2/',
    permission: (path: string) => path.includes('/manifests/1.4'),
    platform: (path: string, method: string) => path.includes('/blobs/') && method === 'GET',
  };

  it.each(Object.entries(stages))('ends at %s when the registry hangs there', async (name, isThere) => {
    const registry = await serveImage({
      image: makeImage(),
      intercept: (request) => isThere(request.url ?? '', request.method ?? ''),
    });
    const ran = await look(registry, { budgetMs: 400 });
    expect(faultsOf(ran)).toEqual([]);
    expect(failedAt(ran)).toBe(name);
    expect(ran.check(name as never).problem).toMatchObject({ code: 'slow_answer', isRetryable: true });
    expect(ran.view.checks.at(-1)?.detail).toBe('Not tested: the time was up');
    await expect.poll(() => registry.openConnections()).toBe(0);
  });

  it('ends when the registry drips', async () => {
    const registry = await serveImage({
      image: makeImage(),
      intercept: (request, response) => {
        if (!request.url?.includes('/manifests/') || request.method === 'HEAD') return false;
        response.writeHead(200, { 'content-type': mediaTypes.ociManifest });
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
        return true;
      },
    });
    const ran = await look(registry, { budgetMs: 400 });
    // The manifest is read while the permission is looked at.
    expect(failedAt(ran)).toBe('permission');
    await expect.poll(() => registry.openConnections()).toBe(0);
  });

  it('ends when DNS never answers', async () => {
    const ran = await preflight({ reference: 'slow.example/app', lookup: () => undefined, budgetMs: 200 });
    expect(failedAt(ran)).toBe('dns');
    expect(ran.failure).toMatchObject({ code: 'slow_answer' });
  });

  it('gives up the list of tags rather than the failure that it was for', async () => {
    const registry = await serveImage({
      image: makeImage(),
      intercept: (request) => request.url?.includes('/tags/list') === true,
    });
    const ran = await look(registry, { reference: `${registry.host}/acme/app:gone`, budgetMs: 1_000 });
    expect(failedAt(ran)).toBe('manifest');
    expect(ran.failure).toMatchObject({ code: 'manifest_unknown' });
  });

  it('stops at once with its signal', async () => {
    const stop = new AbortController();
    const registry = await serveImage({
      image: makeImage(),
      intercept: () => {
        stop.abort();
        return true;
      },
    });
    const views: string[] = [];
    const running = look(registry, { signal: stop.signal, onView: ({ state }) => void views.push(state) });
    await expect(running).rejects.toMatchObject({ name: 'CancelledError' });
    expect(views).not.toContain('ended');
    await expect.poll(() => registry.openConnections()).toBe(0);
  });
});

const some = `sha256:${'1'.repeat(64)}`;

function look(registry: HostileServer, more: Partial<PreflightOptions> = {}): Promise<Ran> {
  return preflight({
    reference: `${registry.host}/acme/app:1.4`,
    rules: { [registry.host]: open },
    ...more,
  });
}

function failedAt({ view }: Ran): string | undefined {
  return view.checks.find(({ state }) => state === 'failed')?.name;
}

/** Requests in order, with digests left out. */
function asked({ seen }: HostileServer): readonly string[] {
  return seen.map(({ method, url }) => `${method} ${url.replace(/sha256:[0-9a-f]{64}/, 'DIGEST')}`);
}

interface TestImage {
  readonly manifest: Buffer;
  readonly config: Buffer;
}

function makeImage(
  options: { readonly layers?: readonly Buffer[]; readonly sizeBytes?: number } = {},
): TestImage {
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: {} }));
  const { layers, sizeBytes = 1_500_000 } = options;
  const described =
    layers?.map((layer) => ({ digest: digestOf(layer), size: layer.length })) ??
    ['2', '3'].map((digit) => ({ digest: `sha256:${digit.repeat(64)}`, size: sizeBytes }));
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
      layers: described.map((layer) => ({ mediaType, ...layer })),
    }),
  );
  return { manifest, config };
}

/** A registry with one image, or an index of it for several platforms, under the tag 1.4. */
function serveImage(options: {
  readonly image: TestImage;
  readonly repository?: string;
  readonly platforms?: readonly string[];
  readonly tags?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Blobs are redirected there. */
  readonly blobsAt?: URL;
  /** Answers in its place when it returns true. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}): Promise<HostileServer> {
  const { image, repository = 'acme/app', platforms, tags, headers = {}, blobsAt } = options;
  const { manifest, config } = image;
  const index = platforms && makeIndex(manifest, platforms);
  return startServer((request, response) => {
    if (options.intercept?.(request, response)) return;
    const { pathname } = new URL(request.url ?? '', 'http://r');
    const rest = pathname.replace(`/v2/${repository}/`, '');
    if (pathname === '/v2/') return response.writeHead(200).end('{}');
    if (rest === 'tags/list' && tags !== undefined) return response.end(JSON.stringify({ tags }));
    if (rest === 'tags/list') return sendError(response, 403, 'DENIED');
    if (rest === 'manifests/1.4' && index !== undefined)
      return sendBytes(request, response, index, mediaTypes.ociIndex, headers);
    if (rest === 'manifests/1.4' || rest === `manifests/${digestOf(manifest)}`)
      return sendBytes(request, response, manifest, mediaTypes.ociManifest, headers);
    if (index !== undefined && rest === `manifests/${digestOf(index)}`)
      return sendBytes(request, response, index, mediaTypes.ociIndex, headers);
    if (rest === `blobs/${digestOf(config)}`) {
      if (blobsAt !== undefined) return response.writeHead(307, { location: blobsAt.href }).end();
      return sendBytes(request, response, config, 'application/octet-stream');
    }
    sendError(response, 404, 'MANIFEST_UNKNOWN');
  });
}

function makeIndex(manifest: Buffer, platforms: readonly string[]): Buffer {
  const manifests = platforms.map((text) => {
    const [os, architecture, variant] = text.split('/');
    const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    return { mediaType: mediaTypes.ociManifest, digest: digestOf(manifest), size: manifest.length, platform };
  });
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
}

function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, {
    'content-type': type,
    'content-length': bytes.length,
    'docker-content-digest': digestOf(bytes),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function refuse(status: number, code: string) {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/v2/') return false;
    sendError(response, status, code);
    return true;
  };
}

function whenever(method: string, act: (response: ServerResponse) => void) {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== method) return false;
    act(response);
    return true;
  };
}

async function folder(): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'slipway-preflight-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return path.join(root, 'store');
}
