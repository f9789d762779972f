import { expect, test } from 'vitest';
import { GrpcSession } from '#lib/engines/buildkit/grpc-session.ts';
import { connectThrough } from '#lib/engines/buildkit/service-connection.ts';
import { EngineFailedError } from '#lib/engines/errors.ts';

const call = { path: '/package.Service/Method', message: Buffer.alloc(300_000) };

function session(script: string): GrpcSession {
  const env = { PATH: process.env.PATH ?? '' };
  const signal = AbortSignal.timeout(10_000);
  return new GrpcSession(connectThrough({ program: 'sh', args: ['-c', script], env, signal }));
}

test.each([
  ['ends at once', 'exit 0'],
  ['ends in the middle of what it is told', 'head -c 10 > /dev/null'],
  ['ends a little later', 'sleep 0.01'],
  ['listens no more', 'exec <&-; sleep 0.05'],
  ['says nothing more', 'exec >&-; sleep 0.05'],
  ['speaks another protocol', 'echo hello; sleep 0.05'],
])('a program that %s fails the call and nothing else', async (_, script) => {
  // What would end the process comes after the call: several, so that some of it falls into this test.
  for (let round = 0; round < 10; round += 1) {
    const builder = session(script);
    await expect(builder.call(call)).rejects.toThrow(EngineFailedError);
    builder.close();
  }
});

test('what the program says is why', async () => {
  const builder = session('echo "no such builder" >&2; exit 1');
  await expect(builder.call(call)).rejects.toMatchObject({
    advice: { why: expect.stringContaining('no such builder') },
  });
  builder.close();
});
