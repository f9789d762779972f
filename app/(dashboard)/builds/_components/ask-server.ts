import { askForRefusal } from '#app/_components/ask-action.ts';
import type { PushInput, PushTargetInput } from '#lib/push/schema.ts';
import { buildImage, saveAndBuild } from '../../images/actions.ts';
import { cancelBuildAction, startBuildAction } from '../actions.ts';
import { cancelPushAction, savePushTargetAction, startPushAction } from '../push-actions.ts';
import type { Refusal } from '../refusal.ts';

/** Starts a build and goes to its page; answers only when nothing was started, be it that no server answered. */
export function askToStart(input: Parameters<typeof startBuildAction>[0]): Promise<Refusal> {
  return askForRefusal('The build was not started', () => startBuildAction(input));
}

/** Saves an image and builds it; answers only when that was refused. */
export function askToSave(input: Parameters<typeof saveAndBuild>[0]): Promise<Refusal> {
  return askForRefusal('The image was not saved', () => saveAndBuild(input));
}

/** Builds an image as it is; answers only when that was refused. */
export function askToBuild(input: Parameters<typeof buildImage>[0]): Promise<Refusal> {
  return askForRefusal('The build was not started', () => buildImage(input));
}

/** Asks for a build to stop; null when that was heard. */
export function askToCancel(number: number): Promise<Refusal | null> {
  return askForRefusal('The build was not cancelled', () => cancelBuildAction(number));
}

/** Queues a push of a build's image; null when it is queued. */
export function askToPush(number: number, input: PushInput): Promise<Refusal | null> {
  return askForRefusal('The push was not started', () => startPushAction(number, input));
}

/** Asks for a push to stop; null when that was heard. */
export function askToCancelPush(id: string): Promise<Refusal | null> {
  return askForRefusal('The push was not cancelled', () => cancelPushAction(id));
}

/** Says where an image goes; null when it is kept. */
export function askToSaveTarget(image: string, target: PushTargetInput | null): Promise<Refusal | null> {
  return askForRefusal('The push target was not saved', () => savePushTargetAction(image, target));
}
