import { isIPv4, isIPv6 } from 'node:net';
import path from 'node:path';
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

/** A folder, as an absolute path. */
export const folder = z
  .string()
  .min(1)
  .transform((text) => path.resolve(text));

/** Where a builder or an engine listens, in any of the ways that their clients know: tcp, unix, ssh, docker-container, … */
export const builderAddress = z.string().regex(/^[a-z][a-z-]*:\/\/\S+$/);

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

/** A number of bytes: plain, or with a decimal unit as disks are sold and Slipway shows them. */
export const byteSize = z.string().transform((text, context) => {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([kMGTP]?B)?$/i.exec(text) ?? [];
  const power = ['', 'kb', 'mb', 'gb', 'tb', 'pb'].indexOf(unit.toLowerCase().replace(/^b$/, ''));
  const bytes = Math.round(Number(amount) * 1000 ** power);
  if (amount !== '' && Number.isSafeInteger(bytes)) return bytes;
  context.addIssue({ code: 'custom', message: 'no size' });
  return z.NEVER;
});

/** Whole days, from one to a hundred years. */
export const days = z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(1).max(36_500));

/** The word `none` as null, or what `schema` reads. */
export function orNone<T>(schema: z.ZodType<T, string>): z.ZodType<T | null, string> {
  return z.union([z.literal('none').transform(() => null), schema]);
}

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
