import type { ReactNode } from 'react';
import { CodeBlock } from '#app/_components/code-block.tsx';
import { Note } from '#app/_components/note.tsx';
import { Age } from '#app/_components/time.tsx';
import { formatBytes, formatDuration } from '#lib/builds/format.ts';
import type { WorkerRow } from '#lib/builds/workers.ts';

/** What runs the builds: each worker, with the engine that it found or what it lacks. */
export function Workers({ workers }: { readonly workers: readonly WorkerRow[] }) {
  if (workers.length === 0) {
    return (
      <Note tone="bad">
        No worker is seen. Builds wait until one is back; worker.log on its machine says why it ended.
      </Note>
    );
  }
  return (
    <ul aria-label="Workers" className="grid gap-6">
      {workers.map((worker) => (
        <li key={worker.id} className="min-w-0">
          <Worker worker={worker} />
        </li>
      ))}
    </ul>
  );
}

function Worker({ worker }: { readonly worker: WorkerRow }) {
  const { hostname, slots, busy, diskUsedPercent, startedAt, engine } = worker;
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-2">
        <b className="font-medium wrap-anywhere">{hostname}</b>
        <span className="text-small text-ink-3 tabular-nums">
          {busy} of {slots} slots busy, disk {diskUsedPercent}% full, started <Age at={startedAt} />
        </span>
      </p>
      {engine === null && <p className="mt-1 text-small text-ink-3">It does not say which engine it has.</p>}
      {engine !== null && engine.facts === null && <Lack why={engine.why} next={engine.next} />}
      {engine !== null && engine.facts !== null && (
        <dl className="mt-2 grid grid-cols-[120px_minmax(0,1fr)] gap-y-1 text-small">
          <Fact name="Engine">
            {engine.facts.name} {engine.facts.version}
          </Fact>
          <Fact name="Isolation">
            {engine.facts.isolation}
            {!engine.facts.isIsolated && (
              <b className="ml-1.5 font-medium text-warn-fg">Steps are not kept from the machine</b>
            )}
          </Fact>
          <Fact name="Network of steps">{networkWords[engine.network] ?? engine.network}</Fact>
          <Fact name="Limits">{limitsOf(engine)}</Fact>
        </dl>
      )}
    </>
  );
}

function Fact(props: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{props.name}</dt>
      <dd className="min-w-0 wrap-anywhere">{props.children}</dd>
    </>
  );
}

function Lack({ why, next }: { readonly why: string; readonly next: string }) {
  const command = /apt-get install [a-z0-9 -]+/.exec(next)?.[0];
  return (
    <div className="mt-2 grid gap-2">
      <Note tone="warn">
        It has no engine, so it pulls and runs no steps. {why} {next}
      </Note>
      {command !== undefined && (
        <CodeBlock title="On that machine, as root" text={command.trim()} copyLabel="Copy command" />
      )}
    </div>
  );
}

const networkWords: Readonly<Record<string, string>> = {
  none: 'None',
  private: 'Of its own: it reaches the internet and nothing of the machine',
  host: 'The machine’s own',
};

/** Time and output are bounded by every engine; memory and disk where it can. */
function limitsOf({ facts, timeoutMs, memoryBytes }: NonNullable<WorkerRow['engine']>): string {
  const memory = memoryBytes === null ? 'memory not limited' : `memory ${formatBytes(memoryBytes)}`;
  return [
    `${formatDuration(timeoutMs)} a step`,
    facts?.limits.memory ? memory : 'memory cannot be limited',
    facts?.limits.disk ? 'disk can be limited' : 'disk cannot be limited',
    facts?.limits.processes ? 'processes are limited' : 'processes cannot be limited',
  ].join(', ');
}
