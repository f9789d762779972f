import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LeaseRecord, LeaseWatch, readLease, takeLease } from '#lib/store/lease.ts';
import { isGone, thisProcess } from '#lib/store/process-identity.ts';
import { testFolder } from '#tests/support/folder.ts';

const timing = { heartbeatMs: 20, staleAfterMs: 200, pollMs: 5 };
const me = thisProcess();

function record(changes: Partial<LeaseRecord> = {}): LeaseRecord {
  return { generation: 1, content: { owner: me, token: 'a', state: 'held' }, touchedAtMs: 0, ...changes };
}

describe('who holds a lease', () => {
  it.each([
    ['nobody made one', undefined, 'idle'],
    ['its owner lives', record(), 'held'],
    ['its owner let go', record({ content: { owner: me, token: 'a', state: 'released' } }), 'idle'],
    ['its owner is writing it', record({ content: undefined }), 'held'],
    [
      'its owner is on another machine',
      record({ content: { owner: { ...me, machine: 'other', pid: 1 }, token: 'a', state: 'held' } }),
      'held',
    ],
    [
      'its process id has a new owner',
      record({ content: { owner: { ...me, birth: '1' }, token: 'a', state: 'held' } }),
      'idle',
    ],
  ])('when %s', (_what, lease, standing) => {
    expect(new LeaseWatch({ staleAfterMs: 1000 }).judge(lease)).toBe(standing);
  });

  it('is nobody for certain once its process is gone, and not while that only sleeps', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const owner = { ...me, pid: child.pid ?? 0, birth: '' };
    const lease = record({ content: { owner, token: 'a', state: 'held' } });
    const watch = new LeaseWatch({ staleAfterMs: 60_000 });
    expect(watch.judge(lease)).toBe('held');
    child.kill('SIGSTOP');
    expect(watch.judge(lease)).toBe('held');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(watch.judge(lease)).toBe('idle');
    expect(isGone(me)).toBe(false);
  });

  it('is stale exactly when nothing changed for the whole time that it was watched', () => {
    const looks = fc.array(
      fc.record({ afterMs: fc.integer({ min: 1, max: 3000 }), isTouched: fc.boolean() }),
    );
    fc.assert(
      fc.property(looks, (steps) => {
        let nowMs = 0;
        let touchedAtMs = 0;
        let changedAtMs = 0;
        const watch = new LeaseWatch({ staleAfterMs: 5000, now: () => nowMs });
        watch.judge(record({ touchedAtMs }));
        for (const { afterMs, isTouched } of steps) {
          nowMs += afterMs;
          if (isTouched) {
            touchedAtMs += 1;
            changedAtMs = nowMs;
          }
          const expected = nowMs - changedAtMs >= 5000 ? 'stale' : 'held';
          expect(watch.judge(record({ touchedAtMs }))).toBe(expected);
        }
      }),
    );
  });
});

describe('taking a lease', () => {
  it('lets exactly one of many in', async () => {
    const folder = path.join(await testFolder(), 'blob');
    const leases = await Promise.all(
      Array.from({ length: 20 }, () => takeLease({ folder, after: undefined, timing })),
    );
    const taken = leases.filter((lease) => lease !== undefined);
    expect(taken).toHaveLength(1);
    expect(await taken[0]?.isHeld()).toBe(true);
    await taken[0]?.remove();
    expect(await readdir(path.dirname(folder))).toEqual([]);
  });

  it('lets exactly one of many take over, and tells the one that lost', async () => {
    const folder = await testFolder();
    const sleeper = await takeLease({ folder, after: undefined, timing });
    const seen = await readLease(folder);
    const leases = await Promise.all(
      Array.from({ length: 20 }, () => takeLease({ folder, after: seen, timing })),
    );
    const [heir, ...others] = leases.filter((lease) => lease !== undefined);
    expect(others).toEqual([]);
    expect(await sleeper?.isHeld()).toBe(false);
    await expect.poll(() => sleeper?.lost.aborted).toBe(true);

    // What the loser does afterwards is nothing to the new owner.
    await sleeper?.release();
    expect(await heir?.isHeld()).toBe(true);
    expect((await readLease(folder))?.content?.state).toBe('held');
    await heir?.remove();
  });

  it('does not give out a number that a later owner freed', async () => {
    const folder = await testFolder();
    const first = await takeLease({ folder, after: undefined, timing });
    const old = await readLease(folder);
    const second = await takeLease({ folder, after: old, timing });
    const third = await takeLease({ folder, after: await readLease(folder), timing });
    expect(await readdir(folder)).toEqual(['lease-3']);
    // Somebody looked when the first was the newest, and acts on it only now.
    expect(await takeLease({ folder, after: old, timing })).toBeUndefined();
    expect(await third?.isHeld()).toBe(true);
    await Promise.all([first?.release(), second?.release(), third?.remove()]);
    expect(await readdir(path.dirname(folder))).not.toContain(path.basename(folder));
  });

  it('is kept alive by its owner alone', async () => {
    const folder = await testFolder();
    const lease = await takeLease({ folder, after: undefined, timing });
    const touches = new Set<number | undefined>();
    const touched = async () => touches.add((await readLease(folder))?.touchedAtMs).size;
    await expect.poll(touched, { interval: 5 }).toBeGreaterThan(5);
    await lease?.release();
    expect(new LeaseWatch(timing).judge(await readLease(folder))).toBe('idle');
  });

  it('goes on from the number of a released one', async () => {
    const folder = await testFolder();
    const first = await takeLease({ folder, after: undefined, timing });
    await first?.release();
    const second = await takeLease({ folder, after: await readLease(folder), timing });
    expect(await readLease(folder)).toMatchObject({ generation: 2, content: { token: second?.token } });
    await second?.remove();
  });

  it.each(['', '{', 'null', '{"owner":1}', '\u0000'.repeat(1024)])(
    'takes the content %j for one that is being written',
    async (text) => {
      const folder = await testFolder();
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'lease-7'), text);
      await writeFile(path.join(folder, 'lease-x'), '');
      expect(await readLease(folder)).toMatchObject({ generation: 7, content: undefined });
    },
  );
});
