import { checkReadiness } from '#lib/db/readiness.ts';

export const dynamic = 'force-dynamic';

/** Whether all of Slipway works: 200 when database, schema and a worker are there, else 503 and which of them is not. */
export async function GET(): Promise<Response> {
  const readiness = await checkReadiness();
  const isReady = Object.values(readiness).every((isThere) => isThere);
  return Response.json(
    { status: isReady ? 'ready' : 'not ready', ...readiness },
    { status: isReady ? 200 : 503, headers: { 'cache-control': 'no-store' } },
  );
}
