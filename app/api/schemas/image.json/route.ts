import { readSettings } from '#lib/config/load-settings.ts';
import { definitionJsonSchema } from '#lib/images/json-schema.ts';

export const dynamic = 'force-dynamic';

/** The JSON schema of an image's definition, for editors and checks. It is the same for everybody, so anybody may read it. */
export function GET(): Response {
  const { publicUrl } = readSettings();
  const schema = definitionJsonSchema(new URL('/api/schemas/image.json', publicUrl).href);
  return new Response(`${JSON.stringify(schema, null, 2)}\n`, {
    headers: { 'content-type': 'application/schema+json; charset=utf-8', 'cache-control': 'max-age=300' },
  });
}
