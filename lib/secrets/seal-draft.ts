import { sealSecret } from '#lib/vault/seal.ts';
import { fromBase64, toBase64 } from './base64.ts';
import type { SealedVersionInput } from './sealed-secret.ts';
import type { CheckedSecret } from './validate-secret.ts';

/** The public key as the web hands it to pages. */
export interface SealingKeyText {
  readonly id: string;
  /** Base64 of 32 bytes. */
  readonly publicKey: string;
}

/**
 * Seals checked values for one secret and says beside them only what is public: what a form posts. The values are in
 * no other part of the answer. Runs in the browser; ids are lower-case UUIDs.
 *
 * @throws SealingUnavailableError, SealingKeyError, SealTooLargeError as `sealSecret` does.
 */
export async function sealDraft(options: {
  readonly key: SealingKeyText;
  readonly workspaceId: string;
  readonly secretId: string;
  readonly draft: CheckedSecret;
}): Promise<SealedVersionInput> {
  const { key, workspaceId, secretId, draft } = options;
  const { type, host, values, facts } = draft;
  // Not randomUUID, which pages over plain http lack: there the sealing itself is to say what is wrong.
  const versionId = newId();
  const sealed = await sealSecret({
    key: { id: key.id, publicKey: fromBase64(key.publicKey) ?? new Uint8Array() },
    binding: { workspaceId, secretId, versionId },
    payload: { type, host, values },
  });
  const keys = Object.keys(values);
  return { versionId, type, host, keyId: key.id, sealed: toBase64(sealed), keys, facts: { ...facts } };
}

/** A random UUID (version 4), also where `crypto.randomUUID` is missing. https://www.rfc-editor.org/rfc/rfc9562.html#section-5.4 */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
