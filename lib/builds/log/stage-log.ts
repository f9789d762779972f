import type { BuildEvent, StageName } from '../schema.ts';
import { type LogColour, paint } from './ansi.ts';

/** Writes the lines of one stage. The first word of a line says what is done, and has a colour of its own. */
export interface StageLog {
  /** `say('layer', '3 7b90… reused')` is one line. */
  say(word: LogWord, text: string): void;
  warn(word: LogWord, text: string): void;
  error(text: string): void;
  /** Lines of somebody else's, as they came. Resolves when there is room for more. */
  print(text: string): Promise<void>;
}

type LogWord = keyof typeof colours;

/** @param emit what it returns is awaited by whoever prints much */
export function createStageLog(stage: StageName, emit: (event: BuildEvent) => unknown): StageLog {
  const write = (level: 'info' | 'warn' | 'error', text: string) => emit({ kind: 'log', stage, level, text });
  return {
    say: (word, text) => write('info', `${paint(colours[word], word)} ${text}`),
    warn: (word, text) => write('warn', `${paint('yellow', word)} ${text}`),
    error: (text) => write('error', `${paint('red', 'error')} ${text}`),
    async print(text) {
      await write('info', text);
    },
  };
}

const colours = {
  auth: 'blue',
  resolve: 'blue',
  pull: 'blue',
  layer: 'blue',
  contents: 'blue',
  check: 'blue',
  step: 'blue',
  cache: 'blue',
  publish: 'blue',
  ok: 'green',
  retry: 'yellow',
  warning: 'yellow',
} as const satisfies Readonly<Record<string, LogColour>>;
