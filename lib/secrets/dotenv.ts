import { InputError } from '#lib/errors/input.ts';

/**
 * Reads `KEY=value` lines as dotenv files have them: `export`, comments, single quotes (as they stand), double quotes (with
 * \n, \r, \t, \" and \\), both over several lines; without quotes up to the end of the line or a `#` after a space.
 *
 * @throws InputError with the number of the line, never with what stands there.
 */
export function parseDotenv(text: string): Record<string, string> {
  const entries: [string, string][] = [];
  const source = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  for (let offset = 0; offset < source.length; ) {
    const match = next(source, offset);
    if (match === null) throw notALine(source, offset);
    const { key, single, double, bare } = match.groups as Record<string, string | undefined>;
    if (key !== undefined) entries.push([key, single ?? unescapeDouble(double) ?? bare?.trim() ?? '']);
    offset += match[0].length;
  }
  return Object.fromEntries(entries);
}

const emptyLine = String.raw`[ \t]*(?:#[^\n]*)?`;
const quoted = String.raw`'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[\s\S])*)"`;
const bare = String.raw`(?<bare>(?!['"])(?:(?![ \t]#)[^\n])*)`;
const assignment = String.raw`[ \t]*(?:export[ \t]+)?(?<key>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:${quoted}|${bare})`;
const statement = new RegExp(String.raw`(?:${assignment}${emptyLine}|${emptyLine})(?:\n|$)`, 'y');

function next(source: string, offset: number): RegExpExecArray | null {
  statement.lastIndex = offset;
  return statement.exec(source);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

function unescapeDouble(text: string | undefined): string | undefined {
  return text?.replace(/\\([\s\S])/g, (whole, character: string) => escapes[character] ?? whole);
}

function notALine(source: string, offset: number): InputError {
  const line = source.slice(0, offset).split('\n').length;
  return new InputError({
    what: 'The secret file cannot be read',
    why: `Line ${line} is not of the form KEY=value, or a quotation mark that it opens is never closed.`,
    next: 'Correct that line. Values with spaces or # go in single quotes.',
  });
}
