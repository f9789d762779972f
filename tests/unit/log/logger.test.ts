import { describe, expect, test } from 'vitest';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { createLogger, type LogFields, type LogLevel } from '#lib/log/logger.ts';
import { createRedactor } from '#lib/log/redact.ts';

const secret = 'hunter2"hunter2';

function capture(level: LogLevel = 'info') {
  const lines: string[] = [];
  const logger = createLogger({
    name: 'worker',
    level,
    write: (line) => lines.push(line),
    redactor: createRedactor([secret]),
    now: () => new Date('2026-11-23T18:41:00.000Z'),
  });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

test('a line is one JSON object with its line end', () => {
  const { logger, lines } = capture();
  logger.info('Build taken\nup', { build: 1413, workerId: 'w' });
  expect(lines).toEqual([
    '{"time":"2026-11-23T18:41:00.000Z","level":"info","name":"worker","message":"Build taken\\nup","build":1413,"workerId":"w"}\n',
  ]);
});

test('fields that are not on the list are left out, and so are values that are neither text nor number', () => {
  const { logger, last } = capture();
  const fields = {
    host: 'ghcr.io',
    password: 'x',
    headers: { authorization: 'x' },
    count: { a: 'x' },
  } as unknown as LogFields;
  logger.info('Asking', fields);
  expect(Object.keys(last())).toEqual(['time', 'level', 'name', 'message', 'host']);
});

test('every text is redacted, and the line is still JSON', () => {
  const { logger, lines, last } = capture();
  const inner = Object.assign(new Error(`inner ${secret}`), { code: `E${secret}` });
  const error = new Error(`could not send ${secret}`, { cause: inner });
  logger
    .with({ reason: `bound ${secret}` })
    .error(`saw ${secret}`, { path: `/x/${encodeURIComponent(secret)}`, error });
  expect(lines[0]).not.toContain('hunter2');
  expect(last()).toMatchObject({
    message: 'saw ***',
    reason: 'bound ***',
    path: '/x/***',
    error: {
      name: 'Error',
      diagnostic: 'could not send ***',
      cause: { code: 'E***', diagnostic: 'inner ***' },
    },
  });
});

describe('errors', () => {
  test('raised on purpose have name, code and diagnostic', () => {
    const { logger, last } = capture();
    logger.warn('Refused', { error: new NotFoundError('secret') });
    expect(last().error).toEqual({
      name: 'NotFoundError',
      code: 'not_found',
      diagnostic: 'This secret does not exist: It was deleted, or it belongs to another workspace.',
    });
  });

  test('of other kinds have a stack; circles end; what is no error is not written out', () => {
    const { logger, last } = capture();
    const circle = new Error('circle');
    circle.cause = circle;
    logger.error('Defect', { error: circle });
    expect(JSON.stringify(last()).match(/"diagnostic":"circle"/g)).toHaveLength(5);
    expect((last().error as { stack: string }).stack).toContain('logger.test.ts');
    logger.error('Defect', { error: { password: secret } });
    expect(last().error).toEqual({ name: 'object', diagnostic: 'Something that is no error was thrown' });
  });
});

test('levels below the chosen one are not written', () => {
  const { logger, lines } = capture('warn');
  logger.debug('a');
  logger.info('b');
  logger.warn('c');
  logger.error('d');
  expect(lines).toHaveLength(2);
});

test('a text of a great length is cut, and says so', () => {
  const { logger, last } = capture();
  logger.info('x'.repeat(20_000));
  expect(last().message).toMatch(/^x{8192}… \(11808 more characters\)$/);
});

test('a log that cannot be written does not throw', () => {
  const logger = createLogger({
    name: 'web',
    write: () => {
      throw new Error('EPIPE');
    },
  });
  expect(() => logger.error('x')).not.toThrow();
});
