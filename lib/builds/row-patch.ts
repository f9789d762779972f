import { Prisma } from '#lib/db/client.ts';
import type { BuildEvent, BuildState, Facts, StageName } from './schema.ts';
import { isFinal } from './state.ts';

/** Columns of the build row that its events change, so that lists need not fold streams. Absent: as it was. */
export interface RowPatch {
  state?: BuildState;
  stage?: StageName | null;
  error?: unknown;
  progress?: RowProgress | null;
  indexDigest?: string;
  baseDigest?: string;
  configDigest?: string;
  layerCount?: number;
  totalBytes?: number;
  fetchedBytes?: number;
  reusedBytes?: number;
  pullMs?: number;
  stepCount?: number;
  stepsCached?: number;
  stepsMs?: number;
  resultDigest?: string;
  resultBytes?: number;
  pythonDigest?: string;
}

interface RowProgress {
  readonly doneBytes: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
}

/** What a batch of events changes in the row, in the order of the events. */
export function patchOf(events: readonly BuildEvent[]): RowPatch {
  const patch: RowPatch = {};
  for (const event of events) Object.assign(patch, changeOf(event));
  return patch;
}

/** The patch as assignments of an UPDATE of `build`. A new owner raises the epoch, and so does taking it away. */
export function assignmentsOf(patch: RowPatch): Prisma.Sql[] {
  const { state, ...rest } = patch;
  const assignments = Object.entries(rest).flatMap(([key, value]) => {
    const assign = columns[key as keyof typeof columns];
    return value === undefined ? [] : [assign(value as never)];
  });
  return state === undefined ? assignments : [...assignments, ...stateAssignments(state)];
}

function changeOf(event: BuildEvent): RowPatch {
  switch (event.kind) {
    case 'state':
      return {
        state: event.state,
        progress: null,
        ...(event.state === 'queued' || event.state === 'running' ? { stage: null } : {}),
        ...(event.error === undefined ? {} : { error: event.error }),
      };
    case 'stage':
      return event.state === 'running' ? { stage: event.stage } : { progress: null };
    case 'facts':
      return factsPatch(event.facts);
    case 'layers':
      return {
        layerCount: event.layers.length,
        totalBytes: event.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
      };
    case 'progress':
      return {
        progress: {
          doneBytes: event.layers.reduce((sum, layer) => sum + layer.doneBytes, 0),
          bytesPerSecond: event.bytesPerSecond,
          secondsLeft: event.secondsLeft ?? null,
        },
      };
    default:
      return {};
  }
}

function factsPatch(facts: Facts): RowPatch {
  const patch: RowPatch = facts.python === undefined ? {} : { pythonDigest: facts.python.digest };
  for (const key of factColumns) {
    const value = facts[key];
    if (value !== undefined) Object.assign(patch, { [key]: value });
  }
  return patch;
}

const factColumns = [
  'indexDigest',
  'baseDigest',
  'configDigest',
  'layerCount',
  'totalBytes',
  'fetchedBytes',
  'reusedBytes',
  'pullMs',
  'stepCount',
  'stepsCached',
  'stepsMs',
  'resultDigest',
  'resultBytes',
] as const;

const columns = {
  stage: (value: string | null) => Prisma.sql`stage = ${value}`,
  error: (value: unknown) => Prisma.sql`error = ${JSON.stringify(value)}::jsonb`,
  progress: (value: RowProgress | null) =>
    Prisma.sql`progress = ${value === null ? null : JSON.stringify(value)}::jsonb`,
  indexDigest: (value: string) => Prisma.sql`index_digest = ${value}`,
  baseDigest: (value: string) => Prisma.sql`base_digest = ${value}`,
  configDigest: (value: string) => Prisma.sql`config_digest = ${value}`,
  layerCount: (value: number) => Prisma.sql`layer_count = ${value}::int`,
  totalBytes: (value: number) => Prisma.sql`total_bytes = ${value}::bigint`,
  fetchedBytes: (value: number) => Prisma.sql`fetched_bytes = ${value}::bigint`,
  reusedBytes: (value: number) => Prisma.sql`reused_bytes = ${value}::bigint`,
  pullMs: (value: number) => Prisma.sql`pull_ms = ${value}::int`,
  stepCount: (value: number) => Prisma.sql`step_count = ${value}::int`,
  stepsCached: (value: number) => Prisma.sql`steps_cached = ${value}::int`,
  stepsMs: (value: number) => Prisma.sql`steps_ms = ${value}::int`,
  resultDigest: (value: string) => Prisma.sql`result_digest = ${value}`,
  resultBytes: (value: number) => Prisma.sql`result_bytes = ${value}::bigint`,
  pythonDigest: (value: string) => Prisma.sql`python_digest = ${value}`,
} satisfies Record<Exclude<keyof RowPatch, 'state'>, (value: never) => Prisma.Sql>;

function stateAssignments(state: BuildState): Prisma.Sql[] {
  const entered = Prisma.sql`state = ${state}::build_state`;
  if (state === 'running') return [entered, Prisma.sql`started_at = COALESCE(started_at, now())`];
  const released = [
    Prisma.sql`worker_id = NULL`,
    Prisma.sql`lease_until = NULL`,
    Prisma.sql`epoch = epoch + 1`,
  ];
  return isFinal(state) ? [entered, ...released, Prisma.sql`ended_at = now()`] : [entered, ...released];
}
