import { describe, expect, it } from 'vitest';
import { sendError, startServer } from './hostile-server.ts';
import { failureOf, makeClient } from './test-client.ts';

const signal = new AbortController().signal;
const wanted = { repository: 'acme/app', tagsMax: 500, signal };

describe('a list of tags', () => {
  it('comes page by page, each asked for at the registry itself', async () => {
    const elsewhere = await startServer((_request, response) => response.end('{"tags":["stolen"]}'));
    const server = await startServer((request, response) => {
      const query = new URL(request.url ?? '', 'http://r').searchParams;
      const page = Number(query.get('cursor') ?? 0);
      const next = new URL(`/v2/other/tags/list?cursor=${page + 1}&n=2`, elsewhere.url);
      const link = page < 2 ? { link: `<${next}>; rel="next"` } : {};
      response.writeHead(200, { 'content-type': 'application/json', ...link });
      response.end(JSON.stringify({ name: 'acme/app', tags: [`${page}.0`, `${page}.1`] }));
    });
    const found = await makeClient(server).listTags(wanted);
    expect(found).toEqual({ tags: ['0.0', '0.1', '1.0', '1.1', '2.0', '2.1'], isWhole: true });
    expect(server.seen.map(({ url }) => url)).toEqual([
      '/v2/acme/app/tags/list?n=500',
      '/v2/acme/app/tags/list?cursor=1&n=2',
      '/v2/acme/app/tags/list?cursor=2&n=2',
    ]);
    expect(elsewhere.seen).toEqual([]);
  });

  it.each<[string, unknown, readonly string[]]>([
    ['null, as after the last was deleted', { tags: null }, []],
    ['of other things as well', { tags: ['1.0', 7, null, 'no tag', '../up', 'ok'] }, ['1.0', 'ok']],
    ['that is missing', {}, []],
    ['longer than asked for', { tags: Array.from({ length: 600 }, (_, at) => `t${at}`) }, range(500)],
  ])('%s', async (_, body, tags) => {
    const server = await startServer((_request, response) => response.end(JSON.stringify(body)));
    const found = await makeClient(server).listTags(wanted);
    expect(found.tags).toEqual(tags);
    expect(found.isWhole).toBe(tags.length < 500);
  });

  it('without an end is left after ten pages, or at a page that brings nothing', async () => {
    const endless = await startServer((_request, response, seen) => {
      response.writeHead(200, { link: `</v2/acme/app/tags/list?last=${seen.length}>; rel=next` });
      response.end(JSON.stringify({ tags: [`t${seen.length}`] }));
    });
    expect(await makeClient(endless).listTags(wanted)).toMatchObject({ isWhole: false });
    expect(endless.seen).toHaveLength(10);
    const empty = await startServer((_request, response, seen) => {
      response.writeHead(200, { link: `</v2/acme/app/tags/list?last=${seen.length}>; rel="next"` });
      response.end('{"tags":[]}');
    });
    expect(await makeClient(empty).listTags(wanted)).toEqual({ tags: [], isWhole: false });
    expect(empty.seen).toHaveLength(1);
  });

  it('is bounded', async () => {
    const server = await startServer((_request, response) =>
      response.end(JSON.stringify({ tags: ['x'.repeat(2 * 1024 * 1024)] })),
    );
    expect(await failureOf(makeClient(server).listTags(wanted))).toMatchObject({
      name: 'AnswerTooLargeError',
    });
  });

  it.each([
    [404, 'NAME_UNKNOWN', 'RepositoryUnknownError'],
    [403, 'DENIED', 'AccessDeniedError'],
    [405, 'UNSUPPORTED', 'RegistryAnswerError'],
  ])('%i %s is a %s', async (status, code, name) => {
    const server = await startServer((_request, response) => sendError(response, status, code));
    expect(await failureOf(makeClient(server).listTags(wanted))).toMatchObject({ name });
  });

  it('that is a page of something else is said to be', async () => {
    const server = await startServer((_request, response) => response.end('<html>'));
    expect(await failureOf(makeClient(server).listTags(wanted))).toMatchObject({
      name: 'RegistryAnswerError',
    });
  });
});

function range(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `t${at}`);
}
