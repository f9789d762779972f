import { createDecipheriv, createHmac, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';

/**
 * RFC 9180 base mode written a second time from the text of the RFC, on node:crypto, for X25519 with HKDF-SHA256
 * and AES-GCM: what the product seals has to open with code that shares nothing with it.
 */
export function openBase(options: {
  readonly aead: 'aes-128-gcm' | 'aes-256-gcm';
  readonly privateKey: Uint8Array;
  readonly enc: Uint8Array;
  readonly info: Uint8Array;
  readonly aad: Uint8Array;
  readonly ciphertext: Uint8Array;
}): Buffer {
  const { aead, privateKey, enc, info, aad, ciphertext } = options;
  const shared = decapsulate(privateKey, enc);
  const { key, nonce } = keySchedule({ aead, shared, info });
  const decipher = createDecipheriv(aead, key, nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(ciphertext.subarray(-16));
  return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()]);
}

/** Section 4.1. */
function decapsulate(privateKey: Uint8Array, enc: Uint8Array): Buffer {
  const suiteId = Buffer.concat([Buffer.from('KEM'), twoBytes(0x0020)]);
  const secret = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateKey]),
    format: 'der',
    type: 'pkcs8',
  });
  const ephemeral = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), enc]),
    format: 'der',
    type: 'spki',
  });
  const recipient = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
  const dh = diffieHellman({ privateKey: secret, publicKey: ephemeral });
  const prk = labeledExtract({ suiteId, salt: Buffer.alloc(0), label: 'eae_prk', ikm: dh });
  return labeledExpand({
    suiteId,
    prk,
    label: 'shared_secret',
    info: Buffer.concat([enc, recipient]),
    length: 32,
  });
}

/** Section 5.1. */
function keySchedule(options: { readonly aead: string; readonly shared: Buffer; readonly info: Uint8Array }) {
  const { aead, shared, info } = options;
  const [aeadId, keyLength] = aead === 'aes-128-gcm' ? [1, 16] : [2, 32];
  const suiteId = Buffer.concat([
    Buffer.from('HPKE'),
    twoBytes(0x0020),
    twoBytes(0x0001),
    twoBytes(aeadId as number),
  ]);
  const empty = Buffer.alloc(0);
  const context = Buffer.concat([
    Buffer.of(0),
    labeledExtract({ suiteId, salt: empty, label: 'psk_id_hash', ikm: empty }),
    labeledExtract({ suiteId, salt: empty, label: 'info_hash', ikm: info }),
  ]);
  const prk = labeledExtract({ suiteId, salt: shared, label: 'secret', ikm: empty });
  return {
    key: labeledExpand({ suiteId, prk, label: 'key', info: context, length: keyLength as number }),
    nonce: labeledExpand({ suiteId, prk, label: 'base_nonce', info: context, length: 12 }),
  };
}

/** Section 4. */
function labeledExtract(options: {
  readonly suiteId: Buffer;
  readonly salt: Buffer;
  readonly label: string;
  readonly ikm: Uint8Array;
}): Buffer {
  const { suiteId, salt, label, ikm } = options;
  return hmac(salt, Buffer.concat([Buffer.from('HPKE-v1'), suiteId, Buffer.from(label), ikm]));
}

function labeledExpand(options: {
  readonly suiteId: Buffer;
  readonly prk: Buffer;
  readonly label: string;
  readonly info: Uint8Array;
  readonly length: number;
}): Buffer {
  const { suiteId, prk, label, info, length } = options;
  const labeled = Buffer.concat([
    twoBytes(length),
    Buffer.from('HPKE-v1'),
    suiteId,
    Buffer.from(label),
    info,
  ]);
  return hmac(prk, Buffer.concat([labeled, Buffer.of(1)])).subarray(0, length);
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function twoBytes(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
