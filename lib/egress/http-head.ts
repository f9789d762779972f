/** The head of an answer. https://www.rfc-editor.org/rfc/rfc9112#section-2.1 */
export interface Head {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** How the length of what follows is known. */
  readonly framing: Framing;
  /** Whether the connection can be used again after the body. */
  readonly isReusable: boolean;
}

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'sized'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until_close' };

/** An answer that is not HTTP/1.1 as it is written down, or that could be read in two ways. */
export class HttpSyntaxError extends Error {
  override readonly name = 'HttpSyntaxError';
}

/**
 * Reads the lines of a head, the empty one at its end left away. Strict: what could be read in two ways is refused, because
 * whoever stands between may read it in the other.
 * @throws HttpSyntaxError
 */
export function parseHead(text: string, method: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const start = /^HTTP\/1\.([01]) ([1-5]\d{2})(?: [^\r\n\0]*)?$/.exec(first);
  if (start === null) throw new HttpSyntaxError('The first line is not that of an HTTP/1.1 answer.');
  const fields = new Map<string, string>();
  for (const line of lines) {
    const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)$/.exec(line);
    if (field === null) throw new HttpSyntaxError('A header line is not one.');
    const name = (field[1] ?? '').toLowerCase();
    const value = (field[2] ?? '').trimEnd();
    const before = fields.get(name);
    // https://www.rfc-editor.org/rfc/rfc9110#section-5.3
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const status = Number(start[2]);
  const framing = framingOf({ fields, status, method });
  const connection = (fields.get('connection') ?? '').toLowerCase();
  const isKept = start[1] === '1' ? !connection.includes('close') : connection.includes('keep-alive');
  return {
    status,
    headers: { get: (name) => fields.get(name.toLowerCase()) ?? null },
    framing,
    isReusable:
      isKept &&
      framing.kind !== 'until_close' &&
      !(fields.has('transfer-encoding') && fields.has('content-length')),
  };
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
function framingOf(options: {
  readonly fields: ReadonlyMap<string, string>;
  readonly status: number;
  readonly method: string;
}): Framing {
  const { fields, status, method } = options;
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' };
  const encoding = fields.get('transfer-encoding');
  if (encoding !== undefined) {
    if (encoding.toLowerCase() === 'chunked') return { kind: 'chunked' };
    throw new HttpSyntaxError('The body has a transfer encoding that nobody asked for.');
  }
  const length = fields.get('content-length');
  if (length === undefined) return { kind: 'until_close' };
  const values = new Set(length.split(',').map((value) => value.trim()));
  const [value = ''] = values;
  if (values.size !== 1 || !/^\d{1,15}$/.test(value)) {
    throw new HttpSyntaxError('The length of the body is no number, or several.');
  }
  return { kind: 'sized', bytes: Number(value) };
}

/** The size in the line before a chunk; extensions are passed over. https://www.rfc-editor.org/rfc/rfc9112#section-7.1 */
export function parseChunkSize(line: string): number {
  const match = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?$/.exec(line);
  if (match === null) throw new HttpSyntaxError('A chunk has no size.');
  return Number.parseInt(match[1] ?? '', 16);
}
