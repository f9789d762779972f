import { InputError, saidAt } from '#lib/errors/input.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** Builds that have not ended use the secret. It was not deleted. */
export class SecretInUseError extends SlipwayError {
  override readonly name = 'SecretInUseError';
  readonly code = 'secret_in_use';
  readonly kind = 'conflict';
  /** Of the builds, oldest first; at most ten. */
  readonly buildNumbers: readonly number[];

  constructor(options: { readonly name: string; readonly buildNumbers: readonly number[] }) {
    const { name, buildNumbers } = options;
    const list = buildNumbers.map((number) => `#${number}`).join(', ');
    super({
      advice: {
        what: `The secret ${name} was not deleted`,
        why: `${buildNumbers.length === 1 ? 'Build' : 'Builds'} ${list} ${buildNumbers.length === 1 ? 'uses' : 'use'} it and ${buildNumbers.length === 1 ? 'has' : 'have'} not ended.`,
        next: 'Wait until they end or cancel them, then delete the secret.',
      },
    });
    this.buildNumbers = buildNumbers;
  }
}

/** What is sealed in a version cannot be used, or is not what was said beside it. */
export class SecretRefusedError extends SlipwayError {
  override readonly name = 'SecretRefusedError';
  readonly code = 'secret_refused';
  readonly kind = 'denied';
  /** Sentences for the page of the secret. */
  readonly findings: readonly string[];

  constructor(findings: readonly string[]) {
    super({
      advice: {
        what: 'The secret cannot be used',
        why: findings.join(' '),
        next: 'Replace its values. Nothing was sent to any registry.',
      },
    });
    this.findings = findings;
  }
}

/** A form names a secret that its workspace does not have, at `fields`. */
export function missingSecret(name: string, fields: readonly string[] = ['secretName']): InputError {
  return new InputError(
    {
      what: `There is no secret named ${name}`,
      why: 'It was deleted or renamed, or it belongs to another workspace.',
      next: 'Choose another secret, or add it under Secrets.',
    },
    saidAt(fields, `There is no secret named ${name}. Choose a secret of this workspace.`),
  );
}
