import type { ResolvedImage } from '#lib/pull/resolve.ts';
import { authenticate } from './stages/authenticate.ts';
import type { RunBuildOptions } from './stages/build-options.ts';
import { check } from './stages/check.ts';
import { describeImage } from './stages/describe-image.ts';
import { type DeliveredBlob, publishImage } from './stages/publish-image.ts';
import { bringBack, pull } from './stages/pull.ts';
import { resolve } from './stages/resolve.ts';
import { Stages } from './stages/stages.ts';
import { whyNoSteps } from './steps/plan-steps.ts';
import { findPython } from './steps/python-source.ts';
import { runSteps } from './steps/run-steps.ts';
import type { RunStepsOptions } from './steps/steps-work.ts';

/**
 * Runs the stages of a build, telling each step through `emit`. Resolves, with what was delivered, when the image is
 * whole in the store.
 *
 * @throws CancelledError when the signal fires, and otherwise the failure that ended a stage; that was told already.
 */
export async function runBuild(options: RunBuildOptions): Promise<readonly DeliveredBlob[]> {
  const stages = new Stages(options);
  const access = await stages.run('authenticate', (log) => authenticate(options, stages, log));
  const { client } = access;
  const { image, isProven } = await stages.run('resolve', (log) => resolve(options, stages, access, log));
  const { steps: work } = options;
  const findThisPython: RunStepsOptions['findPython'] = (version, log) =>
    findPython({ ...options, version, image: work?.pythonImage ?? '', log });
  const gap = work && (await whyNoSteps({ ...options, work, image, findPython: findThisPython }));
  if (gap !== null) await stages.run('steps', () => Promise.reject(gap));
  const pulled = await stages.run('pull', (log) => pull(options, stages, { client, image }, log));
  await stages.run('check', async (log) => {
    await bringBack(options, pulled, log);
    await check(options, image, log);
  });
  let result: Result = image;
  if (work === null) options.emit({ kind: 'stage', stage: 'steps', state: 'skipped', detail: 'No steps' });
  else {
    result = await stages.run('steps', (log) =>
      runSteps({ ...options, work, image, findPython: findThisPython, log }),
    );
  }
  const blobs = await stages.run('publish', async (log) => {
    await bringBack(options, pulled, log);
    const published = await publishImage({ store: options.store, image, log });
    await describeImage({ ...options, image: result, keeper: options.contents, log });
    return published;
  });
  return isProven ? blobs : [];
}

/** The image that the build comes to: what its steps made, or the base. */
type Result = Pick<ResolvedImage, 'manifest' | 'config'>;
