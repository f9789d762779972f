import { z } from 'zod';
import { type BuiltStep, builtStepSchema } from '#lib/images/schema.ts';

/** The steps of a build as its row keeps them, with the versions of the secrets that they use pinned. */
export const storedStepsSchema = z.object({
  steps: z.array(builtStepSchema),
  secrets: z.array(z.object({ name: z.string(), id: z.string(), versionId: z.string(), version: z.int() })),
});
export type StoredSteps = z.infer<typeof storedStepsSchema>;
export type StepSecret = StoredSteps['secrets'][number];

/** The names of secrets that steps take, each once. */
export function secretNamesOf(steps: readonly BuiltStep[]): readonly string[] {
  return [...new Set(steps.flatMap((step) => ('secrets' in step ? step.secrets : [])))];
}
