import { expect, test } from 'vitest';
import { pushImage } from '#tests/support/images.ts';
import { makeLayer } from '#tests/support/layers.ts';
import { faultsOf, preflight, type Ran, wordsOf } from '#tests/support/preflight.ts';
import { startRegistry } from '#tests/support/registry.ts';
import { startRegistryProxy } from '#tests/support/registry-proxy.ts';

/** Where a registry stops, as the path of the request and its method tell. */
const stages: Readonly<Record<string, (path: string, method: string) => boolean>> = {
  sign_in: (path) => path === '/v2/',
  'permission, by HEAD': (path, method) => path.includes('/manifests/') && method === 'HEAD',
  'permission, by GET': (path, method) => path.includes('/manifests/') && method === 'GET',
  'permission, of layers': (path, method) => path.includes('/blobs/') && method === 'HEAD',
  platform: (path, method) => path.includes('/blobs/') && method === 'GET',
};

/** Enough for a busy machine to get all of them to where their registry stops. */
const budgetMs = 10_000;

// One test for all, so that their seconds are the same ones.
test('a registry that hangs or drips, wherever it does, is given up within the time there is', async () => {
  await using registry = await startRegistry({ auth: 'none' });
  const layers = [makeLayer({ seed: 'deadline', fileBytes: 20_000 })];
  await pushImage({ registry, repository: 'acme/app', tag: '1', layers });
  const asked = Object.entries(stages).flatMap(([stage, isThere]) =>
    (['hangs', 'drips'] as const).map(async (how): Promise<[string, Ran]> => {
      await using proxy = await startRegistryProxy({
        target: registry.url,
        intercept({ url = '', method = '' }, response) {
          if (!isThere(url, method)) return false;
          if (how === 'drips') {
            response.writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' });
            const timer = setInterval(() => response.write(' '), 100);
            response.on('close', () => clearInterval(timer));
          }
          return true;
        },
      });
      const { host } = proxy;
      const rules = { [host]: { plainHttp: true, allowPrivate: true } };
      return [`${stage} ${how}`, await preflight({ reference: `${host}/acme/app:1`, rules, budgetMs })];
    }),
  );
  const never = preflight({ reference: 'r.example/acme/app', lookup: () => undefined, budgetMs });
  const all = [...(await Promise.all(asked)), ['dns hangs', await never] as const];
  for (const [name, ran] of all) {
    expect(faultsOf(ran), name).toEqual([]);
    expect(ran.tookMs, name).toBeLessThan(budgetMs + 20_000);
    const [stage] = name.split(/[ ,]/);
    // An answer to HEAD has no body that could drip, and the body of an answer to /v2/ is of no interest.
    if (/HEAD drips|layers drips|sign_in drips/.test(name)) continue;
    expect({ name, at: wordsOf(ran).at }).toEqual({ name, at: stage });
    expect(ran.failure, name).toMatchObject({ code: 'slow_answer' });
  }
});
