import { listBuilds } from '#lib/builds/data.ts';
import { findImagesByName } from '#lib/images/data.ts';
import { findSecretsByName } from '#lib/secrets/data.ts';
import type { FoundSecret } from '#lib/secrets/types.ts';
import { answer, noStore } from '../_http/answer.ts';

export const dynamic = 'force-dynamic';

/** What the command palette finds under a text: the newest builds, the images and the secrets that it fits. */
export interface Found {
  readonly builds: readonly { readonly number: number; readonly reference: string; readonly state: string }[];
  readonly images: readonly { readonly name: string }[];
  readonly secrets: readonly FoundSecret[];
}

export function GET(request: Request): Promise<Response> {
  return answer(request, async (scope) => {
    const text = (new URL(request.url).searchParams.get('q') ?? '').slice(0, textMax);
    const [{ rows }, images, secrets] = await Promise.all([
      listBuilds({ scope, text, limit: foundMax }),
      findImagesByName({ scope, text, limit: foundMax }),
      findSecretsByName({ scope, text, limit: foundMax }),
    ]);
    const builds = rows.map(({ number, reference, state }) => ({ number, reference, state }));
    return Response.json({ builds, images, secrets } satisfies Found, { headers: noStore });
  });
}

/** The palette shows this many of a kind. */
const foundMax = 6;
/** Longer than any reference. */
const textMax = 300;
