import { z } from 'zod';

/** https://cloud.google.com/iam/docs/keys-create-delete#creating, as far as signing needs it. */
const keyFileSchema = z
  .object({
    client_email: z.string().min(1),
    private_key: z.string().min(1),
    private_key_id: z.string(),
    token_uri: z.string().optional(),
  })
  .transform(({ client_email, private_key, private_key_id, token_uri }) => ({
    clientEmail: client_email,
    privateKey: private_key,
    privateKeyId: private_key_id,
    tokenUri: token_uri,
  }));

/** What a service account signs with. */
export type GoogleKey = z.infer<typeof keyFileSchema>;

/** Reads the key file of a secret, which was checked when it was opened. */
export function readGoogleKey(values: Readonly<Record<string, string>>): GoogleKey {
  let json: unknown;
  try {
    json = JSON.parse(values.SERVICE_ACCOUNT_JSON ?? '');
  } catch {
    json = undefined;
  }
  const key = keyFileSchema.safeParse(json);
  // Without its cause: that could repeat what the file holds.
  if (!key.success) throw new Error('A secret came here without its keys');
  return key.data;
}
