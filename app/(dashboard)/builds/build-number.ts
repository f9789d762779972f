import { z } from 'zod';

/** What a browser sends is anything, whatever the signature says. */
export const buildNumberSchema = z.int().min(1).max(2_147_483_647);
