import type { CheckName } from './schema.ts';

/** What is said of the checks that a failed one left undone. */
export const notTestedAfter: Readonly<Record<CheckName, string>> = {
  name: 'Not tested: the reference cannot be used',
  dns: 'Not tested: the host was not found',
  tls: 'Not tested: no safe connection',
  sign_in: 'Not tested: sign-in failed',
  permission: 'Not tested: it may not be read',
  manifest: 'Not tested: there is no image to look at',
  platform: 'Not tested: the image is for another platform',
  size: 'Not tested: there is no room',
  pulls_left: 'Not tested',
};
