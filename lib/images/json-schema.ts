import { z } from 'zod';
import { definitionSchema } from './schema.ts';

/**
 * The JSON schema of a definition as people write it: what has a default may be left out. Rules that no JSON schema can say (which lines of a
 * Dockerfile are taken) are checked when it is read. https://json-schema.org/draft/2020-12
 *
 * @param id its own address
 */
export function definitionJsonSchema(id: string): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(definitionSchema, { target: 'draft-2020-12', io: 'input' });
  return {
    $schema,
    $id: id,
    title: 'Slipway image',
    description: 'What an image is made of: a base, the secret that opens its registry, and steps.',
    ...withSchemaProperty(schema),
  };
}

/** A file may name its schema, as editors like it. */
function withSchemaProperty(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const properties = schema.properties as Readonly<Record<string, unknown>>;
  const own = { type: 'string', description: 'The address of this schema. It means nothing to builds.' };
  return { ...schema, properties: { $schema: own, ...properties } };
}
