import { type Advice, SlipwayError } from '#lib/errors/slipway-error.ts';

/** The embedded Postgres could not be prepared, started or stopped. */
export class EmbeddedPostgresError extends SlipwayError {
  override readonly name = 'EmbeddedPostgresError';
  readonly code = 'embedded_postgres';
  readonly kind = 'setup';

  constructor(advice: Advice, cause?: unknown) {
    super({ advice, cause });
  }
}

/** The database server of `DATABASE_URL` does not let us in, or is not there. */
export class DatabaseUnreachableError extends SlipwayError {
  override readonly name = 'DatabaseUnreachableError';
  readonly code = 'database_unreachable';
  readonly kind = 'setup';

  constructor(advice: Advice, cause?: unknown) {
    super({ advice, cause, isRetryable: true });
  }
}

/** The database's schema and the migrations of this program do not fit together. */
export class MigrationError extends SlipwayError {
  override readonly name = 'MigrationError';
  readonly code = 'migration';
  readonly kind = 'setup';

  constructor(advice: Advice, cause?: unknown) {
    super({ advice, cause });
  }
}
