import type { Writable } from 'node:stream';
import { stripAnsi } from '#lib/builds/log/ansi.ts';
import type { BuildEvent } from '#lib/builds/schema.ts';
import { errorLine } from './error-line.ts';

/** What a build tells whoever started it. */
export interface BuildReport {
  /** @param event holds no sensitive value any more */
  event(event: BuildEvent): void;
  done(end: { readonly digest: string; readonly place: string }): void;
  /** The failure is told as well where `--json` is read. */
  failed(error: unknown): void;
}

/** Its log goes to standard error, line by line, and where the image is to standard output; with `isJson` events do. */
export function createBuildReport(options: {
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly isJson: boolean;
}): BuildReport {
  const { stdout, stderr, isJson } = options;
  const say = (line: object) => void stdout.write(`${JSON.stringify(line)}\n`);
  if (isJson) {
    return {
      event: say,
      done: (end) => say({ kind: 'done', ...end }),
      failed: (error) => say(errorLine(error)),
    };
  }
  return {
    event(event) {
      // How it failed is told once, at the end.
      if (event.kind !== 'log' || event.level === 'error') return;
      stderr.write(`${stderr.isTTY ? event.text : stripAnsi(event.text)}\n`);
    },
    done: ({ digest, place }) => void stdout.write(`${place}\n${digest}\n`),
    failed() {},
  };
}
