import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { Redactor } from './redact.ts';

const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Every field that a log line may have: an allowlist, so that nothing gets in because somebody passed a whole object. */
const fieldNames = [
  'workspaceId',
  'secretId',
  'versionId',
  'keyId',
  'buildId',
  'preflightId',
  'pushId',
  'build',
  'attempt',
  'epoch',
  'stage',
  'workerId',
  'host',
  'registry',
  'repository',
  'digest',
  'method',
  'route',
  'path',
  'file',
  'status',
  'port',
  'pid',
  'exitCode',
  'signal',
  'count',
  'sizeBytes',
  'durationMs',
  'reason',
] as const;

export type LogFields = { readonly [name in (typeof fieldNames)[number]]?: string | number | undefined } & {
  /** Anything thrown. */
  readonly error?: unknown;
};

/** Writes one JSON object a line. Nothing in it throws. */
export interface Logger {
  readonly debug: (message: string, fields?: LogFields) => void;
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
  /** The same log with these fields in each line. */
  readonly with: (fields: LogFields) => Logger;
}

/**
 * A log of `{"time", "level", "name", "message", …fields}`; `time` is ISO 8601. `write` gets whole lines with their line end.
 * Every text in a line is redacted before it is encoded, so that redaction cannot break the JSON.
 */
export function createLogger(options: {
  readonly name: string;
  readonly write: (line: string) => void;
  readonly redactor?: Redactor;
  /** The least level that is written. */
  readonly level?: LogLevel;
  readonly now?: () => Date;
}): Logger {
  const { name, write, redactor, level = 'info', now = () => new Date() } = options;
  const hide = (text: string) => clip(redactor?.text(text) ?? text);
  const log = (at: LogLevel, message: string, fields: LogFields) => {
    if (logLevels.indexOf(at) < logLevels.indexOf(level)) return;
    try {
      const line = {
        time: now().toISOString(),
        level: at,
        name,
        message: hide(message),
        ...allowed(fields, hide),
      };
      write(`${JSON.stringify(line)}\n`);
    } catch {
      // A log that cannot be written (a closed pipe, a full disk) must not end what it tells about.
    }
  };
  const bind = (bound: LogFields): Logger => ({
    debug: (message, fields) => log('debug', message, { ...bound, ...fields }),
    info: (message, fields) => log('info', message, { ...bound, ...fields }),
    warn: (message, fields) => log('warn', message, { ...bound, ...fields }),
    error: (message, fields) => log('error', message, { ...bound, ...fields }),
    with: (fields) => bind({ ...bound, ...fields }),
  });
  return bind({});
}

/** An error as a log line holds it. `diagnostic` is the text for whoever runs the server, not for a page. */
interface LoggedError {
  readonly name: string;
  readonly code?: string;
  readonly diagnostic: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/** Longest text in a line, in UTF-16 code units: a stack trace fits, a body that somebody put into a message does not. */
const textCharactersMax = 8192;
/** Causes of causes: deeper ones say nothing new, and they may go in a circle. */
const causesMax = 4;

function allowed(fields: LogFields, hide: (text: string) => string): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const name of fieldNames) {
    const value = fields[name];
    if (typeof value === 'number') line[name] = value;
    else if (typeof value === 'string') line[name] = hide(value);
  }
  if (fields.error !== undefined) line.error = describeError(fields.error, hide, causesMax);
  return line;
}

function describeError(error: unknown, hide: (text: string) => string, causesLeft: number): LoggedError {
  if (!(error instanceof Error))
    return { name: typeof error, diagnostic: 'Something that is no error was thrown' };
  const code = (error as { readonly code?: unknown }).code;
  const isDefect = !(error instanceof SlipwayError);
  return {
    name: hide(error.name),
    ...(typeof code === 'string' ? { code: hide(code) } : {}),
    diagnostic: hide(error.message),
    // Errors raised on purpose say where by their name; of any other the place is what is needed.
    ...(isDefect && error.stack !== undefined ? { stack: hide(error.stack) } : {}),
    ...(error.cause !== undefined && causesLeft > 0
      ? { cause: describeError(error.cause, hide, causesLeft - 1) }
      : {}),
  };
}

function clip(text: string): string {
  if (text.length <= textCharactersMax) return text;
  return `${text.slice(0, textCharactersMax)}… (${text.length - textCharactersMax} more characters)`;
}
