import { auth } from '#lib/auth/better-auth.ts';

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
  return handler(request);
}

export { handle as GET, handle as POST };
