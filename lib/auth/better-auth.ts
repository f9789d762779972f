import { betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { APIError, createAuthMiddleware } from 'better-auth/api';
import { nextCookies } from 'better-auth/next-js';
import { readSettings } from '#lib/config/load-settings.ts';
import { prisma } from '#lib/db/client.ts';
import { clientAddressOf } from './client-address.ts';
import { TooManyTriesError } from './errors.ts';
import { cookieSecret, forgetTries, giveBackTry, takeTry } from './mutations.ts';
import { passwordLengthMax, passwordLengthMin } from './schema.ts';
import { accountKey, addressKey, perAccount, perAddress } from './tries.ts';

export interface AuthOptions {
  readonly publicUrl: URL;
  /** Origins beside that of `publicUrl`. */
  readonly allowedOrigins: readonly string[];
  readonly secret: string;
}

/** The library that keeps passwords, sessions and their cookies, set up as Slipway wants it. */
export function createAuth(options: AuthOptions) {
  return betterAuth({
    baseURL: options.publicUrl.origin,
    trustedOrigins: [...options.allowedOrigins],
    secret: options.secret,
    database: prismaAdapter(prisma(), { provider: 'postgresql', transaction: true }),
    emailAndPassword: {
      enabled: true,
      // Accounts are made by the set-up page and by invitations alone.
      disableSignUp: true,
      minPasswordLength: passwordLengthMin,
      maxPasswordLength: passwordLengthMax,
    },
    session: {
      expiresIn: sessionSeconds,
      // A page cannot renew the cookie while it renders; a session has one length and one end.
      disableSessionRefresh: true,
      additionalFields: { workspaceId: { type: 'string', required: false, input: false } },
    },
    // Counted by the hooks below, which see calls from server actions too.
    rateLimit: { enabled: false },
    advanced: {
      useSecureCookies: options.publicUrl.protocol === 'https:',
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax' },
      // Said out loud, because the library turns its checks off where NODE_ENV is `test`.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { ipAddressHeaders: ['x-forwarded-for'] },
    },
    hooks: { before: countTry, after: forgiveTry },
    telemetry: { enabled: false },
    // It would print every wrong password as an error. What fails inside it is thrown, and logged where it arrives.
    logger: { disabled: true },
    plugins: [nextCookies()],
  });
}

export type Auth = ReturnType<typeof createAuth>;

/** This process's instance. */
export function auth(): Promise<Auth> {
  instance ??= open().catch((error: unknown) => {
    instance = undefined;
    throw error;
  });
  return instance;
}

/** Every way in counts, whatever it answers: server action and route alike. */
const countTry = createAuthMiddleware(async (context) => {
  if (context.path !== signInPath) return;
  try {
    await takeTry({ key: addressKey(addressOf(context.headers)), rule: perAddress });
    await takeTry({ key: accountKey(emailOf(context.body)), rule: perAccount });
  } catch (error) {
    if (!(error instanceof TooManyTriesError)) throw error;
    const { what, next } = error.advice;
    throw new APIError('TOO_MANY_REQUESTS', {
      code: error.code,
      message: `${what}. ${next}`,
      waitMs: error.waitMs,
    });
  }
});

const forgiveTry = createAuthMiddleware(async (context) => {
  if (context.path !== signInPath || !context.context.newSession) return;
  await giveBackTry({ key: addressKey(addressOf(context.headers)) });
  await forgetTries({ key: accountKey(emailOf(context.body)) });
});

const signInPath = '/sign-in/email';
const sessionSeconds = 30 * 24 * 3600;

let instance: Promise<Auth> | undefined;

async function open(): Promise<Auth> {
  const { publicUrl, allowedOrigins } = readSettings();
  return createAuth({ publicUrl, allowedOrigins, secret: await cookieSecret() });
}

function addressOf(headers: Headers | undefined): string {
  return clientAddressOf(headers ?? new Headers());
}

function emailOf(body: unknown): string {
  const email = (body as { readonly email?: unknown } | undefined)?.email;
  return typeof email === 'string' ? email : '';
}
