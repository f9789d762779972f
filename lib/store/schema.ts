import { z } from 'zod';

export const collectionStateSchema = z.enum(['queued', 'running', 'done', 'failed']);
export type CollectionState = z.infer<typeof collectionStateSchema>;

/** `room`: a pull would not have fitted. `command`: `slipway store gc`. */
export const collectionReasonSchema = z.enum(['schedule', 'asked', 'room', 'command']);
export type CollectionReason = z.infer<typeof collectionReasonSchema>;
