import { nearest } from '#lib/config/nearest.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** Words on the command line that no command understands. Exit code 2. */
export class UsageError extends SlipwayError {
  override readonly name = 'UsageError';
  readonly code = 'usage';
  readonly kind = 'input';

  constructor(options: { readonly what: string; readonly why: string; readonly command?: string }) {
    const help = options.command === undefined ? 'slipway --help' : `slipway ${options.command} --help`;
    super({ advice: { what: options.what, why: options.why, next: `\`${help}\` lists what there is.` } });
  }
}

export function unknownCommand(word: string, names: readonly string[]): UsageError {
  const meant = nearest(word, names);
  return new UsageError({
    what: `There is no command "${word}"`,
    why: meant === null ? `The commands are ${names.join(', ')}.` : `Did you mean "${meant}"?`,
  });
}

export function unknownOption(options: {
  readonly word: string;
  readonly command: string;
  readonly known: readonly string[];
}): UsageError {
  const { word, command, known } = options;
  const meant = nearest(word, known);
  return new UsageError({
    what: `\`slipway ${command}\` has no option "${word}"`,
    why:
      meant === null
        ? known.length === 0
          ? 'It has none.'
          : `It has ${known.join(', ')}.`
        : `Did you mean "${meant}"?`,
    command,
  });
}
