import { SealBrokenError, UnknownSealingKeyError } from './errors.ts';
import {
  decodePayload,
  encodeBinding,
  type SealBinding,
  type SecretPayload,
  sealInfo,
  splitSealed,
} from './format.ts';
import type { Keyring } from './keyring.ts';
import { suite } from './suite.ts';

/** A record as stored, with the row that it has to belong to. */
export interface SealedRecord {
  readonly binding: SealBinding;
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/**
 * Opens what `sealSecret` made. The only way from ciphertext to values; nothing here logs or keeps them.
 *
 * @throws UnknownSealingKeyError when the keyring does not hold the key.
 * @throws SealBrokenError for every other reason: altered, cut, of another row, of another purpose, malformed inside.
 */
export async function openSecret(
  options: SealedRecord & { readonly keyring: Keyring },
): Promise<SecretPayload> {
  const { keyring, binding, keyId, sealed } = options;
  const key = keyring.find(keyId);
  if (key === undefined) throw new UnknownSealingKeyError(keyId);
  const parts = splitSealed(sealed);
  if (parts === undefined) throw new SealBrokenError();
  const keyPair = {
    privateKey: await suite.DeserializePrivateKey(key.privateKey, false),
    publicKey: await suite.DeserializePublicKey(key.publicKey),
  };
  const plaintext = await suite
    .Open(keyPair, parts.enc, parts.ciphertext, { info: sealInfo, aad: encodeBinding(binding) })
    // One answer for every cause: telling them apart would only help whoever made the bytes.
    .catch(() => undefined);
  const payload = plaintext && decodePayload(plaintext);
  if (payload === undefined) throw new SealBrokenError();
  return payload;
}
