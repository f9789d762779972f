import { setTimeout as wait } from 'node:timers/promises';
import type { StageLog } from '../log/stage-log.ts';
import type { KeptStep, StepResults } from './step-results.ts';

/**
 * Waits for another build that runs the same step, on the same base, at this moment. Nothing is run twice for two people who press the same
 * button.
 *
 * @returns what that build made; null when the step is this build's to run
 * @throws the signal's reason
 */
export async function takeTurn(options: {
  readonly key: string;
  readonly results: StepResults;
  readonly log: StageLog;
  readonly signal: AbortSignal;
}): Promise<KeptStep | null> {
  const { key, results, log, signal } = options;
  let said: number | null = null;
  for (;;) {
    const running = await results.askForTurn(key);
    // Asked after the turn: whoever had it before has kept what it made by then.
    const kept = (await results.find([key])).get(key);
    if (kept !== undefined || running === null) return kept ?? null;
    if (said !== running) log.say('step', `Build #${running} runs this step now; waiting for what it makes`);
    said = running;
    await wait(lookEveryMs, undefined, { signal });
  }
}

/** A step that is worth waiting for takes seconds. */
const lookEveryMs = 500;
