import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BuildkitProgress } from '#lib/engines/buildkit/buildkit-progress.ts';

const vertex = 'sha256:0f';
const log = (stream: number, text: string) => ({
  logs: [{ vertex, stream, data: Buffer.from(text).toString('base64'), timestamp: '2026-11-26T04:00:00Z' }],
});
const ended = (name: string, error?: string) => ({ vertexes: [{ digest: vertex, name, error }] });
const didNotComplete = (code: number) =>
  `process "/bin/sh -c exit ${code}" did not complete successfully: exit code: ${code}`;

/** As buildctl and newer ones of buildx write, and as buildx 0.13 does. */
const forms = [
  { form: 'one object a line', write: (status: unknown) => `${JSON.stringify(status)}\n` },
  { form: 'objects over several lines', write: (status: unknown) => `${JSON.stringify(status, null, 2)}\n` },
];

function read(chunks: readonly Uint8Array[]) {
  const output: string[] = [];
  const progress = new BuildkitProgress({
    onOutput: (stream, bytes) => void output.push(`${stream}: ${Buffer.from(bytes).toString('latin1')}`),
  });
  for (const chunk of chunks) progress.push(chunk);
  progress.end();
  return { output, failed: progress.failed, lastError: progress.lastError };
}

describe.each(forms)('$form', ({ write }) => {
  const said = [
    write(ended('[internal] load build definition from Dockerfile')),
    write(log(1, 'out\n')),
    write(log(2, 'err } {\n')),
    write({ logs: [{ vertex, stream: 1, timestamp: '2026-11-26T04:00:00Z' }] }),
    write(ended('[stage-0 2/2] RUN --mount=type=secret,id=a exit 7', didNotComplete(7))),
    'Dockerfile:2\n--------------------\n   1 |     FROM slipway-base\n',
    `ERROR: failed to solve: ${didNotComplete(7)}\n`,
  ].join('');

  test('tells what is printed, by stream, the command that failed and the last error', () => {
    expect(read([Buffer.from(said)])).toEqual({
      output: ['stdout: out\n', 'stderr: err } {\n', 'stdout: '],
      failed: { exitCode: 7, instruction: 'RUN --mount=type=secret,id=a exit 7' },
      lastError: didNotComplete(7),
    });
  });

  test('however the bytes are cut', () => {
    const bytes = Buffer.from(said);
    const whole = read([bytes]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(read(chunks)).toEqual(whole);
      }),
    );
  });

  test('passes bytes that are no text', () => {
    const data = Buffer.from([0xff, 0x00, 0x1b]).toString('base64');
    const { output } = read([Buffer.from(write({ logs: [{ vertex, stream: 1, data }] }))]);
    expect(output).toEqual(['stdout: \u00ff\u0000\u001b']);
  });
});

test.each([
  ['ERROR: no builder "far" found', 'no builder "far" found'],
  ['error: failed to solve: frontend grpc server closed', 'frontend grpc server closed'],
  ['ERROR: first\nERROR: last\n\n', 'last'],
  ['nothing but words', 'nothing but words'],
  ['', ''],
])('the last error of %j is %j', (text, lastError) => {
  expect(read([Buffer.from(text)])).toEqual({ output: [], failed: undefined, lastError });
});

test('what only looks like an object is not taken for one', () => {
  expect(read([Buffer.from('{"logs": 3}\n{broken}\n{\n"logs": [\n}\n')]).output).toEqual([]);
});
