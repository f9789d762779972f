/**
 * Colours of the log: SGR as terminals know it, because the lines of build tools carry it anyway. Pages map these to
 * their own colours; searches and downloads leave them out.
 */

export type LogColour = 'red' | 'green' | 'yellow' | 'blue' | 'cyan';

export function paint(colour: LogColour, text: string): string {
  return `\u001b[${codes[colour]}m${text}\u001b[39m`;
}

/** The text without escape sequences (ECMA-48 section 5.4: CSI, parameters, intermediates, one final byte). */
export function stripAnsi(text: string): string {
  return text.includes('\u001b') ? text.replaceAll(controlSequence, '') : text;
}

/** The same sequences as a regular expression of Postgres. */
export const controlSequencePattern = '\u001b\\[[0-?]*[ -/]*[@-~]';

const controlSequence = new RegExp(controlSequencePattern, 'g');

const codes: Readonly<Record<LogColour, number>> = { red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 };
