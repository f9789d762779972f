import { variables } from '#lib/config/settings.ts';

/** Every setting with what it does and what holds without it, for `--help`. */
export function settingsHelp(): string {
  return Object.entries(variables)
    .map(([name, { about, fallback }]) => `  ${name}\n      ${about}\n      Default: ${fallback}.`)
    .join('\n');
}
