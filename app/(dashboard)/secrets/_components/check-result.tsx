'use client';

import { Note } from '#app/_components/note.tsx';
import { Status } from '#app/_components/status.tsx';
import { Age } from '#app/_components/time.tsx';
import { useNow } from '#app/_components/use-now.ts';
import type { SecretVersionRow } from '#lib/secrets/types.ts';
import { stateOf } from './version-state.ts';

/** What the worker made of a version: its state, when it was looked at, and what was found. */
export function CheckResult({ version }: { version: SecretVersionRow }) {
  return (
    <div className="grid min-w-0 gap-2" role="status">
      <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        <Status state={stateOf(version)} isPill />
        {version.checkedAt !== null && (
          <span className="text-small text-ink-3">
            Version {version.number}, opened and checked by a worker <Age at={version.checkedAt} />
          </span>
        )}
        {version.state === 'pending' && <PendingRemark since={version.createdAt} />}
      </p>
      {version.findings.map((finding) => (
        <Note key={finding} tone={version.state === 'refused' ? 'bad' : 'warn'} className="max-w-[78ch]">
          {finding}
        </Note>
      ))}
    </div>
  );
}

/** Past this a worker is not slow but absent. */
const lateMs = 10_000;

function PendingRemark({ since }: { since: string }) {
  const now = useNow(1000);
  const isLate = now !== null && now - Date.parse(since) > lateMs;
  return (
    <span className="text-small text-ink-3">
      {isLate
        ? 'No worker has looked at it yet. It is checked as soon as one runs.'
        : 'A worker is opening and checking it.'}
    </span>
  );
}
