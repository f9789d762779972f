import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** Settings that Slipway cannot run with. `problems` has one line for each, naming the variable. */
export class SettingsError extends SlipwayError {
  override readonly name = 'SettingsError';
  readonly code = 'settings';
  readonly kind = 'setup';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super({
      advice: {
        what: problems.length === 1 ? 'A setting is wrong' : `${problems.length} settings are wrong`,
        why: problems.join('\n'),
        next: 'Correct the environment; `slipway start --help` lists every setting.',
      },
    });
    this.problems = problems;
  }
}
