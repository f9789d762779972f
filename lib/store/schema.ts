import { z } from 'zod';

/** `room`: a pull would not have fitted. `command`: `slipway store gc`. */
export const collectionReasonSchema = z.enum(['schedule', 'asked', 'room', 'command']);
export type CollectionReason = z.infer<typeof collectionReasonSchema>;
