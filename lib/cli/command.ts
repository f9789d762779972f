import type { Readable, Writable } from 'node:stream';
import type { Settings } from '#lib/config/settings.ts';

/** What a command gets from the process that it runs in. */
export interface CommandContext {
  /** The words after the command's name. */
  readonly argv: readonly string[];
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Fires at the first Ctrl-C or SIGTERM, and when the process that started us is gone. */
  readonly signal: AbortSignal;
  /** @throws SettingsError */
  readonly readSettings: () => Settings;
}

export interface Command {
  /** One word, or two: `user reset-password`. */
  readonly name: string;
  /** One line for the list of commands, without a full stop. */
  readonly summary: string;
  /** What `--help` shows: usage, what it does, every option, an example. */
  readonly help: string;
  /** Comes back with the exit code; throws SlipwayError for what a person has to read. */
  run(context: CommandContext): Promise<number>;
}
