import { findUnknownVariables, parseSettings } from './parse-settings.ts';
import type { Settings } from './settings.ts';

/**
 * The settings of this process. The only reader of `process.env`; reads it once.
 *
 * @throws SettingsError naming every wrong setting at once.
 */
export function readSettings(): Settings {
  loaded ??= parseSettings(process.env);
  return loaded;
}

/** Lines that warn of variables with a name like a setting's that no setting has. */
export function readUnknownVariables(): readonly string[] {
  return findUnknownVariables(process.env);
}

let loaded: Settings | undefined;
