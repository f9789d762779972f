'use client';

import { unstable_rethrow as rethrow } from 'next/navigation';
import { buildImage, saveAndBuild } from '../../images/actions.ts';
import { cancelBuildAction, type Refusal, startBuildAction } from '../actions.ts';

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
export async function askToCancel(number: number): Promise<Refusal | null> {
  try {
    return await cancelBuildAction(number);
  } catch (error) {
    rethrow(error);
    return unanswered('The build was not cancelled');
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
