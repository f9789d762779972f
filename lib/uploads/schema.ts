import { z } from 'zod';

/** A file comes in pieces of this length, the last one shorter: each request is short, and a lost one costs no more than itself. */
export const pieceBytesMax = 1024 * 1024;

/** The hexadecimal digits of a SHA-256, as addresses carry it. */
export const uploadHexSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** How far an upload is, as every request about it is answered. */
export const uploadStateSchema = z.object({
  /** From here on bytes are wanted. */
  receivedBytes: z.int().min(0),
  /** It has all come, and matches its digest. */
  isWhole: z.boolean(),
});
export type UploadState = z.infer<typeof uploadStateSchema>;
