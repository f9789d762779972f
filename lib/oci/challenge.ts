/** One way to sign in that a server offers. Names are in lower case; the first of repeated parameters counts. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** What follows the scheme instead of parameters, as in `Negotiate YII=`. */
  readonly token68?: string;
}

/**
 * Parses the value of WWW-Authenticate, several header lines joined with commas included.
 *
 *     challenge  = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
 *     auth-param = token BWS "=" BWS ( token / quoted-string )
 *
 * https://www.rfc-editor.org/rfc/rfc9110#section-11.3 and #section-11.6.1
 *
 * Never throws. What cannot be read ends the list; the challenges before it count. Work and result are bounded.
 */
export function parseChallenges(header: string): Challenge[] {
  const scanner = new Scanner(header.slice(0, headerCharactersMax));
  const challenges: Challenge[] = [];
  while (challenges.length < challengesMax) {
    scanner.skipListGap();
    const scheme = scanner.token();
    if (scheme === '') break;
    challenges.push(parseOne(scanner, scheme.toLowerCase()));
  }
  return challenges;
}

/** Node takes no more than 16 KiB of headers by default; a challenge with several scopes is a few hundred characters. */
const headerCharactersMax = 16_384;
/** More ways to sign in than any server offers. */
const challengesMax = 16;
/** RFC 6750, 7616 and 7617 define fewer than ten parameters each. */
const parametersMax = 32;

function parseOne(scanner: Scanner, scheme: string): Challenge {
  const parameters = new Map<string, string>();
  if (!scanner.skipSpace()) return { scheme, parameters: {} };
  const token68 = scanner.token68();
  if (token68 !== undefined) return { scheme, parameters: {}, token68 };
  for (;;) {
    const start = scanner.position;
    const name = scanner.token().toLowerCase();
    // A token without `=` is the scheme of the next challenge: give it back.
    const value = name === '' ? undefined : scanner.parameterValue();
    if (value === undefined) {
      scanner.position = start;
      break;
    }
    if (!parameters.has(name) && parameters.size < parametersMax) parameters.set(name, value);
    scanner.skipListGap();
  }
  return { scheme, parameters: Object.fromEntries(parameters) };
}

class Scanner {
  position = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Skips blanks; says whether there were any. */
  skipSpace(): boolean {
    return this.#skip(/[ \t]*/y) !== '';
  }

  /** Skips blanks and commas between the elements of a list. RFC 9110, 5.6.1 */
  skipListGap(): void {
    this.#skip(/[ \t,]*/y);
  }

  /** A token, or '' where none stands. RFC 9110, 5.6.2 */
  token(): string {
    return this.#skip(/[!#$%&'*+\-.^_`|~0-9A-Za-z]*/y);
  }

  /** A token68 that is all the challenge has; `a=b` is a parameter instead. RFC 9110, 11.2 */
  token68(): string | undefined {
    const found = this.#skip(/[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y);
    return found === '' ? undefined : found;
  }

  /** `=` and a token or quoted string, with optional blanks around `=`. Undefined where no `=` follows. */
  parameterValue(): string | undefined {
    this.skipSpace();
    if (this.#text[this.position] !== '=') return undefined;
    this.position += 1;
    this.skipSpace();
    if (this.#text[this.position] !== '"') return this.#skip(/[^\s,"]*/y);
    return this.#quotedString();
  }

  /** A quoted string without its quotes and escapes; an unclosed one goes to the end. RFC 9110, 5.6.4 */
  #quotedString(): string {
    const pattern = /"((?:[^"\\]|\\.)*)"?/sy;
    pattern.lastIndex = this.position;
    const [quoted = '', inner = ''] = pattern.exec(this.#text) ?? [];
    this.position += quoted.length;
    return inner.replace(/\\(.)/gs, '$1');
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.position += found.length;
    return found;
  }
}
