import { auth } from '#lib/auth/better-auth.ts';
import { boundedBody } from '../../_http/bounded-body.ts';

/** For scripts that hold a session of their own. Everything else the library could answer stays closed. */
const open = new Set([
  'POST /api/auth/sign-in/email',
  'POST /api/auth/sign-out',
  'GET /api/auth/get-session',
]);

async function handle(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (!open.has(`${request.method} ${pathname}`)) return new Response(null, { status: 404 });
  const { handler } = await auth();
  if (request.method === 'GET') return handler(request);
  const body = await boundedBody(request, { bytesMax: bodyBytesMax });
  if (body === null) return new Response(null, { status: 413 });
  const { url, method, headers } = request;
  return handler(new Request(url, { method, headers, body: body.byteLength === 0 ? null : body }));
}

/** An email and a password, many times over. */
const bodyBytesMax = 16 * 1024;

export { handle as GET, handle as POST };
