'use client';

import { unstable_rethrow as rethrow } from 'next/navigation';
import type { PushInput, PushTargetInput } from '#lib/push/schema.ts';
import { buildImage, saveAndBuild } from '../../images/actions.ts';
import { cancelBuildAction, startBuildAction } from '../actions.ts';
import { cancelPushAction, savePushTargetAction, startPushAction } from '../push-actions.ts';
import type { Refusal } from '../refusal.ts';

/** Starts a build and goes to its page; answers only when nothing was started, be it that no server answered. */
export async function askToStart(input: Parameters<typeof startBuildAction>[0]): Promise<Refusal> {
  try {
    return await startBuildAction(input);
  } catch (error) {
    // The way to the build's page is thrown, too.
    rethrow(error);
    return unanswered('The build was not started');
  }
}

/** Saves an image and builds it; answers only when that was refused. */
export async function askToSave(input: Parameters<typeof saveAndBuild>[0]): Promise<Refusal> {
  try {
    return await saveAndBuild(input);
  } catch (error) {
    rethrow(error);
    return unanswered('The image was not saved');
  }
}

/** Builds an image as it is; answers only when that was refused. */
export async function askToBuild(input: Parameters<typeof buildImage>[0]): Promise<Refusal> {
  try {
    return await buildImage(input);
  } catch (error) {
    rethrow(error);
    return unanswered('The build was not started');
  }
}

/** Asks for a build to stop; null when that was heard. */
export function askToCancel(number: number): Promise<Refusal | null> {
  return orUnanswered('The build was not cancelled', () => cancelBuildAction(number));
}

/** Queues a push of a build's image; null when it is queued. */
export function askToPush(number: number, input: PushInput): Promise<Refusal | null> {
  return orUnanswered('The push was not started', () => startPushAction(number, input));
}

/** Asks for a push to stop; null when that was heard. */
export function askToCancelPush(id: string): Promise<Refusal | null> {
  return orUnanswered('The push was not cancelled', () => cancelPushAction(id));
}

/** Says where an image goes; null when it is kept. */
export function askToSaveTarget(image: string, target: PushTargetInput | null): Promise<Refusal | null> {
  return orUnanswered('The push target was not saved', () => savePushTargetAction(image, target));
}

async function orUnanswered(what: string, ask: () => Promise<Refusal | null>): Promise<Refusal | null> {
  try {
    return await ask();
  } catch (error) {
    rethrow(error);
    return unanswered(what);
  }
}

function unanswered(what: string): Refusal {
  return {
    report: {
      code: 'no_answer',
      kind: 'network',
      isRetryable: true,
      what,
      why: 'The server did not answer.',
      next: 'Try again when the connection is back.',
    },
    fields: {},
  };
}
