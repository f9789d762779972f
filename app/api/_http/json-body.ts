import type { z } from 'zod';
import { InputError } from '#lib/errors/input.ts';
import { boundedBody } from './bounded-body.ts';

/**
 * The JSON that a request holds, read by a schema.
 *
 * @throws InputError when it is longer than `bytesMax`, no JSON, or not what the schema takes.
 */
export async function jsonBody<T>(
  request: Request,
  options: { readonly schema: z.ZodType<T>; readonly bytesMax: number },
): Promise<T> {
  const bytes = await boundedBody(request, options);
  if (bytes === null) throw unread('It is longer than anything that a page of this dashboard sends.');
  const result = options.schema.safeParse(parseJson(bytes));
  if (result.success) return result.data;
  throw unread(result.error.issues[0]?.message ?? 'It is not what is expected here.');
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw unread('It is no JSON.');
  }
}

function unread(why: string): InputError {
  return new InputError({
    what: 'This request could not be read',
    why,
    next: 'Reload the page: it may be older than the server.',
  });
}
