import { z } from 'zod';
import { displayNameSchema } from '#lib/teams/schema.ts';

const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'Use at most 254 characters')
  .pipe(z.email('Type an email address, like ines@example.com'));

/** The bounds that the pages show while one types. */
export const passwordLengthMin = 12;
/** A bound on the work of hashing, far above what people type. */
export const passwordLengthMax = 128;
export const passwordDistinctMin = 5;

/** A new password. Length and variety, no rules about kinds of characters: those make passwords worse. */
export const newPasswordSchema = z
  .string()
  .min(passwordLengthMin, `Use ${passwordLengthMin} characters or more`)
  .max(passwordLengthMax, `Use at most ${passwordLengthMax} characters`)
  .refine((text) => new Set(text).size >= passwordDistinctMin, {
    error: `Use ${passwordDistinctMin} different characters or more`,
  });

/** A password that exists already: whatever its bounds were when it was chosen. */
const givenPasswordSchema = z
  .string()
  .min(1, 'Type your password')
  .max(passwordLengthMax, `Use at most ${passwordLengthMax} characters`);

export const signInInputSchema = z.object({ email: emailSchema, password: givenPasswordSchema });
export type SignInInput = z.infer<typeof signInInputSchema>;

export const accountInputSchema = z.object({
  name: displayNameSchema,
  email: emailSchema,
  password: newPasswordSchema,
});
export type AccountInput = z.infer<typeof accountInputSchema>;

/** The code as people type it: any case, with or without the hyphens and spaces. */
export const setUpInputSchema = accountInputSchema.extend({
  code: z
    .string()
    .transform((text) => text.toUpperCase().replace(/[\s-]/g, ''))
    .pipe(z.string().regex(/^[A-Z0-9]{12}$/, 'Type the 12 characters that the server printed')),
});
export type SetUpInput = z.infer<typeof setUpInputSchema>;

export const nameInputSchema = z.object({ name: displayNameSchema });

export const passwordChangeSchema = z.object({
  currentPassword: givenPasswordSchema,
  newPassword: newPasswordSchema,
});
export type PasswordChange = z.infer<typeof passwordChangeSchema>;
