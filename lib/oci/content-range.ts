/** `bytes first-last/total`; `total` is undefined where the server does not say. Both ends count. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly totalBytes: number | undefined;
}

/** Reads the Content-Range of a 206. https://www.rfc-editor.org/rfc/rfc9110#section-14.4 */
export function parseContentRange(value: string | null): ContentRange | undefined {
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i.exec(value?.trim() ?? '');
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const totalBytes = match[3] === '*' ? undefined : Number(match[3]);
  if (first > last || (totalBytes !== undefined && last >= totalBytes)) return undefined;
  return { first, last, totalBytes };
}

/** Reads the whole length out of the Content-Range of a 416: `bytes * /total`, without the blank. */
export function parseUnsatisfiedRange(value: string | null): number | undefined {
  const match = /^bytes \*\/(\d{1,16})$/i.exec(value?.trim() ?? '');
  return match === null ? undefined : Number(match[1]);
}

/**
 * How many bytes a registry has of an upload, from its Range: `0-last`, both counting. Nothing and one byte are written alike
 * (`0-0`) and read as nothing. Undefined where it does not say.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export function parseRangeEnd(value: string | null): number | undefined {
  const match = /^(?:bytes=)?0-(\d{1,15})$/.exec(value?.trim() ?? '');
  if (match === null) return undefined;
  const last = Number(match[1]);
  return last === 0 ? 0 : last + 1;
}
