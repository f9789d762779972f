import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

/** An http or https origin. A path, query or user in it would be ignored later, so it is refused now. */
export const httpOrigin = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin =
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === '';
  if (isOrigin) return url;
  context.addIssue({ code: 'custom', message: 'no origin' });
  return z.NEVER;
});

/** A connection string of a PostgreSQL server that names host and database. */
export const postgresUrl = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, hostname, searchParams } = new URL(text);
  const isPostgres = protocol === 'postgres:' || protocol === 'postgresql:';
  return isPostgres && pathname.length > 1 && (hostname !== '' || searchParams.has('host'));
});

/** An address or a network in CIDR notation; a lone address is a network of one. Comes back as CIDR. */
export const network = z.string().transform((text, context) => {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : null;
  const isNetwork =
    bits !== null &&
    rest.length === 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits));
  if (isNetwork) return `${address}/${prefix ?? bits}`;
  context.addIssue({ code: 'custom', message: 'no network' });
  return z.NEVER;
});

/** A size in bytes, with a decimal unit or none: 4GB, 512MB. */
export const byteCount = z.string().transform((text, context) => {
  const [, digits, unit = ''] = /^(\d{1,12})\s*([kMGT]?)B?$/i.exec(text) ?? [];
  const bytes = Number(digits) * 1_000 ** ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
  if (digits !== undefined && bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  context.addIssue({ code: 'custom', message: 'no size' });
  return z.NEVER;
});

/** Items separated by commas, with or without blanks. */
export function listOf<T>(item: z.ZodType<T, string>): z.ZodType<readonly T[], string> {
  return z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item));
}
