import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** In the engine's folder: what Buildah is told by a file. */
export const settingsName = 'containers.conf';

/**
 * Writes Buildah's settings. From 1.29 on it does nothing without netavark, which makes networks; steps have none of those, so a program
 * that fails has the name.
 * https://github.com/containers/common/blob/v0.62.2/docs/containers.conf.5.md (helper_binaries_dir, CONTAINERS_CONF_OVERRIDE)
 * @param options.seenAt where Buildah sees the folder
 */
export async function writeBuildahSettings(options: {
  readonly folder: string;
  readonly seenAt: string;
}): Promise<void> {
  const { folder, seenAt } = options;
  const helpers = path.join(folder, helpersName);
  await mkdir(helpers, { recursive: true });
  await rm(path.join(helpers, 'netavark'), { force: true });
  await symlink('/bin/false', path.join(helpers, 'netavark'));
  const place = JSON.stringify(path.posix.join(seenAt, helpersName));
  await writeFile(path.join(folder, settingsName), `[engine]\nhelper_binaries_dir = [${place}]\n`);
}

const helpersName = 'helpers';
