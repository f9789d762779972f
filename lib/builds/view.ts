import {
  type BuildEvent,
  type BuildState,
  type Facts,
  type Layer,
  type NumberedEvent,
  stageNames,
} from './schema.ts';
import { isFinal } from './state.ts';
import type { BuildView, LogGroup, StageView, StepView } from './types.ts';

/** The view of a build of which nothing is known yet. */
export const emptyView: BuildView = {
  state: 'queued',
  attempt: 0,
  cause: null,
  error: null,
  startedAt: null,
  endedAt: null,
  stages: stageNames.map((name) => ({
    name,
    state: 'waiting',
    startedAt: null,
    endedAt: null,
    cached: false,
    detail: null,
    lineCount: 0,
    firstLine: null,
  })),
  layers: [],
  preflight: [],
  checks: [],
  steps: [],
  comparedWith: null,
  facts: {},
  bytesPerSecond: 0,
  secondsLeft: null,
  logLines: 0,
  logGroups: [],
  head: 0,
};

/**
 * Adds events to a view. Pure, and the same on the server and in the browser: the fold of a whole stream equals the
 * fold of any beginning of it followed by the rest. Events that the view already holds are passed over, so a stream
 * that was joined twice shows nothing twice.
 */
export function foldEvents(view: BuildView, events: readonly (NumberedEvent | NumberedLines)[]): BuildView {
  return events.reduce(fold, view);
}

/** Log events without their text: what a view needs of them, so that a view of a long log costs little. */
export interface NumberedLines {
  /** The number of the last of the events. */
  readonly number: number;
  readonly lines: Omit<LogGroup, 'attempt' | 'step'>;
}

/** Lines in a chunk: its line ends, and the last line, which has none. */
export function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function fold(view: BuildView, input: NumberedEvent | NumberedLines): BuildView {
  if (input.number <= view.head) return view;
  const next = 'lines' in input ? addLogLines(view, input.lines) : apply(view, input.event, input.at);
  return { ...next, head: input.number };
}

function apply(view: BuildView, event: BuildEvent, at: string): BuildView {
  switch (event.kind) {
    case 'state':
      return applyState(view, event, at);
    case 'stage':
      return applyStage(view, event, at);
    case 'facts':
      return { ...view, facts: withoutUndefined({ ...view.facts, ...event.facts }) };
    case 'layers':
      return { ...view, layers: event.layers };
    case 'progress':
      return applyProgress(view, event);
    case 'preflight':
      return { ...view, preflight: event.checks };
    case 'checks':
      return { ...view, checks: event.checks };
    case 'steps':
      return { ...view, steps: event.steps.map(plannedStep), comparedWith: event.comparedWith ?? null };
    case 'step':
      return applyStep(view, event, at);
    case 'log':
      return addLogLines(view, {
        stage: event.stage,
        firstLine: event.firstLine ?? view.logLines + 1,
        lineCount: countLines(event.text),
      });
  }
}

type Of<Kind extends BuildEvent['kind']> = Extract<BuildEvent, { kind: Kind }>;

function applyState(view: BuildView, event: Of<'state'>, at: string): BuildView {
  const common = {
    state: event.state,
    attempt: event.attempt,
    cause: event.cause ?? null,
    error: event.error ?? null,
    bytesPerSecond: 0,
    secondsLeft: null,
  };
  if (event.state === 'queued') return { ...view, ...common, stages: emptyView.stages };
  if (event.state === 'running') {
    // How an image was served is told by the attempt that served it.
    const facts = withoutUndefined({ ...view.facts, served: undefined });
    const fresh = {
      stages: emptyView.stages,
      facts,
      preflight: [],
      checks: [],
      steps: [],
      comparedWith: null,
    };
    return { ...view, ...common, ...fresh, startedAt: view.startedAt ?? at };
  }
  return {
    ...view,
    ...common,
    endedAt: at,
    stages: view.stages.map((stage) => endStage(stage, event.state, at)),
    layers: view.layers.map(restLayer),
    steps: view.steps.map((step) => endStep(step, event.state, at)),
  };
}

/** When a build ends, what has not begun is never reached, and what was under way ends with it. */
function endStage(stage: StageView, state: BuildState, at: string): StageView {
  if (!isFinal(state)) return stage;
  if (stage.state === 'waiting') return { ...stage, state: 'not_reached' };
  if (stage.state !== 'running') return stage;
  if (state === 'succeeded') return { ...stage, state: 'done', endedAt: at };
  if (state === 'failed') return { ...stage, state: 'failed', endedAt: at };
  return { ...stage, state: 'skipped', endedAt: at, detail: 'Cancelled' };
}

/** As with stages: a step that has not begun is never reached, and one that was under way ends with the build. */
function endStep(step: StepView, state: BuildState, at: string): StepView {
  if (!isFinal(state)) return step;
  if (step.state === 'waiting') return { ...step, state: 'not_reached' };
  if (step.state !== 'running') return step;
  return { ...step, state: state === 'succeeded' ? 'done' : 'failed', endedAt: at };
}

/** A layer that was on its way when the build ended keeps its bytes, and waits for the next build. */
function restLayer(layer: Layer): Layer {
  return layer.state === 'fetching' || layer.state === 'verifying' ? { ...layer, state: 'waiting' } : layer;
}

function applyStage(view: BuildView, event: Of<'stage'>, at: string): BuildView {
  const isRunning = event.state === 'running';
  const stages = view.stages.map((stage) =>
    stage.name === event.stage
      ? {
          ...stage,
          state: event.state,
          startedAt: stage.startedAt ?? at,
          endedAt: isRunning ? null : at,
          cached: event.cached ?? stage.cached,
          detail: event.detail ?? stage.detail,
        }
      : stage,
  );
  return isRunning ? { ...view, stages } : { ...view, stages, bytesPerSecond: 0, secondsLeft: null };
}

function plannedStep({ isHit, made, ...step }: Of<'steps'>['steps'][number], index: number): StepView {
  const state = isHit ? 'cached' : 'waiting';
  return { ...step, index, state, startedAt: null, endedAt: null, addedBytes: null, made: made ?? null };
}

function applyStep(view: BuildView, event: Of<'step'>, at: string): BuildView {
  const isRunning = event.state === 'running';
  const steps = view.steps.map((step) =>
    step.index === event.index
      ? {
          ...step,
          state: event.state,
          startedAt: step.startedAt ?? at,
          endedAt: isRunning ? null : at,
          addedBytes: event.addedBytes ?? step.addedBytes,
          ...(event.made === undefined
            ? {}
            : { made: event.made, why: `Build #${event.made.buildNumber} made it meanwhile` }),
        }
      : step,
  );
  return { ...view, steps };
}

/** The step whose lines come now: the last that began. */
function stepAt(view: BuildView, stage: LogGroup['stage']): number | null {
  if (stage !== 'steps') return null;
  return view.steps.findLast(({ startedAt }) => startedAt !== null)?.index ?? null;
}

function applyProgress(view: BuildView, event: Of<'progress'>): BuildView {
  const changes = new Map(event.layers.map((layer) => [layer.index, layer]));
  return {
    ...view,
    layers: view.layers.map((layer) => ({ ...layer, ...changes.get(layer.index) })),
    bytesPerSecond: event.bytesPerSecond,
    secondsLeft: event.secondsLeft ?? null,
  };
}

function addLogLines(view: BuildView, lines: NumberedLines['lines']): BuildView {
  const { stage: name, firstLine, lineCount } = lines;
  const last = view.logGroups.at(-1);
  const step = stepAt(view, name);
  const continues = last?.stage === name && last.step === step && last.attempt === view.attempt;
  return {
    ...view,
    logLines: firstLine + lineCount - 1,
    logGroups: continues
      ? [...view.logGroups.slice(0, -1), { ...last, lineCount: last.lineCount + lineCount }]
      : [...view.logGroups, { stage: name, step, attempt: view.attempt, firstLine, lineCount }],
    stages: view.stages.map((stage) =>
      stage.name === name
        ? { ...stage, firstLine: stage.firstLine ?? firstLine, lineCount: stage.lineCount + lineCount }
        : stage,
    ),
  };
}

/** A fact that an event names without a value leaves no key behind, so a view that went through JSON is the same. */
function withoutUndefined(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
