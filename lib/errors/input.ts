import { type Advice, SlipwayError } from './slipway-error.ts';

/** Input that cannot be taken. `fields` names the field and says what to do, for forms. */
export class InputError extends SlipwayError {
  override readonly name = 'InputError';
  readonly code = 'input';
  readonly kind = 'input';
  readonly fields: Readonly<Record<string, string>>;

  constructor(advice: Advice, fields: Readonly<Record<string, string>> = {}) {
    super({ advice });
    this.fields = fields;
  }
}

/** One complaint about several fields. */
export function saidAt(fields: readonly string[], text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.map((field) => [field, text]));
}
