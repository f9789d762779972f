import { SealingKeyError, SealingUnavailableError, SealTooLargeError } from './errors.ts';
import {
  encodeBinding,
  encodePayload,
  joinSealed,
  type SealBinding,
  type SecretPayload,
  sealedBytesMax,
  sealInfo,
} from './format.ts';
import { keyIdOf } from './key-id.ts';
import { keyBytes, suite } from './suite.ts';

/** A public key that seals; the private half is with the worker alone. */
export interface SealingPublicKey {
  readonly id: string;
  /** 32 raw bytes, X25519. */
  readonly publicKey: Uint8Array;
}

/**
 * Seals a payload so that only the holder of the private key opens it, and only for this binding. Runs in
 * browsers and in Node. The bytes are laid out as the README beside this file says.
 *
 * @throws SealingUnavailableError on a page without Web Crypto or X25519.
 * @throws SealingKeyError when the key does not match its id.
 * @throws SealTooLargeError
 */
export async function sealSecret(options: {
  readonly key: SealingPublicKey;
  readonly binding: SealBinding;
  readonly payload: SecretPayload;
}): Promise<Uint8Array> {
  const { key, binding, payload } = options;
  const obstacle = await sealingObstacle();
  if (obstacle !== undefined) throw obstacle;
  const publicKey = await readPublicKey(key);
  const sealed = await suite.Seal(publicKey, encodePayload(payload), {
    info: sealInfo,
    aad: encodeBinding(binding),
  });
  const record = joinSealed({ enc: sealed.encapsulatedSecret, ciphertext: sealed.ciphertext });
  if (record.length > sealedBytesMax) throw new SealTooLargeError();
  return record;
}

/** Why sealing will not work here, for a form to say before anybody types; undefined where it works. */
export async function sealingObstacle(): Promise<SealingUnavailableError | undefined> {
  // The type says that it is always there; pages that came over plain http have none.
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) return new SealingUnavailableError('insecure_page');
  try {
    await subtle.generateKey({ name: 'X25519' }, false, ['deriveBits']);
    return undefined;
  } catch {
    return new SealingUnavailableError('old_browser');
  }
}

async function readPublicKey({ id, publicKey }: SealingPublicKey) {
  if (publicKey.length !== keyBytes || (await keyIdOf(publicKey)) !== id) throw new SealingKeyError();
  try {
    return await suite.DeserializePublicKey(publicKey);
  } catch (error) {
    throw new SealingKeyError(error);
  }
}
