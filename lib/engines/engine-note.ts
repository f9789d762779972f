import { z } from 'zod';
import { engineFactsSchema } from './engine-facts.ts';

/** What a worker says of its engine, for people on other machines. */
export const engineNoteSchema = z.object({
  /** Null where it found none; then `why` and `next` say what is missing. */
  facts: engineFactsSchema.nullable(),
  why: z.string(),
  next: z.string(),
  /** Of the steps that it runs. */
  network: z.string(),
  /** Null: no limit. */
  memoryBytes: z.number().nullable(),
  timeoutMs: z.number(),
});
export type EngineNote = z.infer<typeof engineNoteSchema>;
