import { z } from 'zod';
import { type EngineFacts, stepNetworks } from './types.ts';

export const engineFactsSchema = z.object({
  name: z.string(),
  version: z.string(),
  isolation: z.string(),
  isIsolated: z.boolean(),
  networks: z.array(z.enum(stepNetworks)).readonly(),
  limits: z.object({ memory: z.boolean(), disk: z.boolean(), processes: z.boolean() }),
}) satisfies z.ZodType<EngineFacts>;
