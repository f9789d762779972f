/** Colours that a line may ask for; each has a token of its own, `--ansi-*`. */
export type AnsiColour = 'black' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'white' | 'dim';

/** A stretch of a line in one style. */
export interface Run extends Style {
  readonly text: string;
}

interface Style {
  readonly colour?: AnsiColour;
  readonly isBold?: true;
  readonly isDim?: true;
  readonly isUnderlined?: true;
}

/**
 * What a terminal would show of one line: SGR colours, bold, dim and underline; a carriage return goes back to the
 * line's beginning and what follows overwrites it. Backgrounds, cursor movement and every other control are dropped.
 * https://ecma-international.org/publications-and-standards/standards/ecma-48/ (5.4 control sequences, 8.3.117 SGR)
 */
export function parseAnsi(text: string): readonly Run[] {
  const cells = new Cells();
  let style: Style = plain;
  for (const [token] of text.matchAll(tokens)) {
    if (token.startsWith(escapeCharacter)) {
      const [, parameters = '', final] = controlSequence.exec(token) ?? [];
      if (final === 'm') style = applySgr(style, parameters);
      if (final === 'K') cells.erase(parameters);
    } else if (token === '\r') cells.goToStart();
    else if (token === '\b') cells.goBack();
    else if (token === '\t' || !control.test(token)) cells.write(token, style);
  }
  return cells.runs();
}

/** The text of a line without any of its styles. */
export function plainTextOf(runs: readonly Run[]): string {
  return runs.map((run) => run.text).join('');
}

const plain: Style = {};

const escapeCharacter = '\u001b';
const bell = '\u0007';

/**
 * Control sequences, whole and cut short; strings that end with BEL or ST (window titles, links); other escapes of two
 * characters; single characters by code point.
 */
const tokens = new RegExp(
  [
    `${escapeCharacter}\\[[0-?]*[ -/]*[@-~]?`,
    `${escapeCharacter}[\\]PX^_][^${bell}${escapeCharacter}]*(?:${bell}|${escapeCharacter}\\\\)?`,
    `${escapeCharacter}[^[\\]PX^_]?`,
    '[^]',
  ].join('|'),
  'gu',
);
const controlSequence = new RegExp(`^${escapeCharacter}\\[([0-?]*)[ -/]*([@-~])$`);
const control = /\p{Cc}/u;

/** One line of a terminal: characters with styles, and a place at which the next is written. */
class Cells {
  readonly #texts: string[] = [];
  readonly #styles: Style[] = [];
  #at = 0;

  write(text: string, style: Style): void {
    this.#texts[this.#at] = text;
    this.#styles[this.#at] = style;
    this.#at += 1;
  }

  goToStart(): void {
    this.#at = 0;
  }

  goBack(): void {
    this.#at = Math.max(0, this.#at - 1);
  }

  /** Erase in line: to its end (0, the default), to its beginning (1), or all of it (2). */
  erase(parameters: string): void {
    const mode = parameters === '' ? 0 : Number(parameters);
    if (mode === 0) this.#texts.length = Math.min(this.#texts.length, this.#at);
    else if (mode === 1 || mode === 2) {
      const to = mode === 2 ? this.#texts.length : Math.min(this.#texts.length, this.#at + 1);
      for (let index = 0; index < to; index += 1) this.#texts[index] = ' ';
    }
  }

  runs(): readonly Run[] {
    const runs: { text: string; style: Style }[] = [];
    for (const [index, text] of this.#texts.entries()) {
      const style = this.#styles[index] ?? plain;
      const last = runs.at(-1);
      if (last?.style === style) last.text += text;
      else runs.push({ text, style });
    }
    return runs.map(({ text, style }) => ({ text, ...style }));
  }
}

const colours = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

function applySgr(before: Style, parameters: string): Style {
  let style = before;
  const codes = parameters.split(/[;:]/).map(Number);
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      // Colours of larger palettes bring their own parameters: `38;5;N` and `38;2;R;G;B`.
      const isIndexed = codes[index + 1] === 5;
      const colour = isIndexed && code === 38 ? colourOfIndex(codes[index + 2] ?? -1) : undefined;
      if (colour !== undefined) style = { ...style, colour };
      index += isIndexed ? 2 : 4;
    } else style = applyCode(style, code);
  }
  return style;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return plain;
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 4) return { ...style, isUnderlined: true };
  if (code === 22) return without(style, 'isBold', 'isDim');
  if (code === 24) return without(style, 'isUnderlined');
  if (code === 39) return without(style, 'colour');
  const colour = code >= 90 ? brightOf(code - 90) : colours[code - 30];
  return colour === undefined ? style : { ...style, colour };
}

function colourOfIndex(index: number): AnsiColour | undefined {
  return index < 8 ? colours[index] : brightOf(index - 8);
}

/** The bright half of the palette is drawn as the other half, but for its black, which is the grey of SGR 90. */
function brightOf(index: number): AnsiColour | undefined {
  return index === 0 ? 'dim' : colours[index];
}

function without(style: Style, ...keys: readonly (keyof Style)[]): Style {
  return Object.fromEntries(Object.entries(style).filter(([key]) => !keys.includes(key as keyof Style)));
}
