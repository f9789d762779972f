import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { describe, expect, test } from 'vitest';
import {
  SealBrokenError,
  SealingKeyError,
  SealTooLargeError,
  UnknownSealingKeyError,
} from '#lib/vault/errors.ts';
import { encodeBinding, type SecretPayload, sealInfo } from '#lib/vault/format.ts';
import { loadKeyring } from '#lib/vault/keyring.ts';
import { openSecret } from '#lib/vault/open.ts';
import { sealSecret } from '#lib/vault/seal.ts';
import { openBase } from './rfc9180.ts';

const keyring = await loadKeyring({
  file: '/nowhere',
  text: `slipway-key-1 ${Buffer.alloc(32, 7).toString('base64url')}`,
});
const key = keyring.newest;
const binding = { workspaceId: randomUUID(), secretId: randomUUID(), versionId: randomUUID() };
const payload: SecretPayload = {
  type: 'docker_hub',
  host: 'docker.io',
  values: { REGISTRY_USERNAME: 'ines', REGISTRY_PASSWORD: 'dckr_pat_abcdefghijklmnopqrstuvwxyz0' },
};

describe('RFC 9180', () => {
  // Appendix A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, sequence number 0.
  const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  const vector = {
    privateKey: hex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8'),
    enc: hex('37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431'),
    info: hex('4f6465206f6e2061204772656369616e2055726e'),
    aad: hex('436f756e742d30'),
    ciphertext: hex(
      'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    ),
    plaintext: 'Beauty is truth, truth beauty',
  };

  test('the library opens the vector of appendix A.1.1', async () => {
    const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM);
    const opened = await suite.Open(
      await suite.DeserializePrivateKey(vector.privateKey, false),
      vector.enc,
      vector.ciphertext,
      { info: vector.info, aad: vector.aad },
    );
    expect(Buffer.from(opened).toString()).toBe(vector.plaintext);
  });

  test('so does the second implementation that these tests check against', () => {
    expect(openBase({ aead: 'aes-128-gcm', ...vector }).toString()).toBe(vector.plaintext);
  });

  test('what the product seals opens with the second implementation, and is laid out as documented', async () => {
    const sealed = await sealSecret({ key, binding, payload });
    expect(sealed[0]).toBe(1);
    const plaintext = openBase({
      aead: 'aes-256-gcm',
      privateKey: Buffer.alloc(32, 7),
      enc: sealed.subarray(1, 33),
      info: Buffer.from('slipway secret, format 1'),
      aad: encodeBinding(binding),
      ciphertext: sealed.subarray(33),
    });
    const length = plaintext.readUInt32BE(0);
    expect(plaintext.length).toBe(1024);
    expect(JSON.parse(plaintext.subarray(4, 4 + length).toString())).toEqual(payload);
    expect(plaintext.subarray(4 + length).every((byte) => byte === 0)).toBe(true);
  });
});

const anyPayload = fc.record({
  type: fc.string(),
  host: fc.option(fc.string()),
  values: fc.dictionary(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constant('__proto__')),
    fc.string({ unit: 'binary' }),
  ),
});

test('whatever is sealed comes out again, lone surrogates and __proto__ too', async () => {
  const odd = {
    type: 'custom',
    host: null,
    values: JSON.parse('{"__proto__": "\\ud800 lone", "a": "\\u0000"}'),
  };
  expect(
    await openSecret({
      keyring,
      binding,
      keyId: key.id,
      sealed: await sealSecret({ key, binding, payload: odd }),
    }),
  ).toEqual(odd);
  await fc.assert(
    fc.asyncProperty(anyPayload, async (payload) => {
      const sealed = await sealSecret({ key, binding, payload });
      const opened = await openSecret({ keyring, binding, keyId: key.id, sealed });
      expect(Object.entries(opened.values)).toEqual(Object.entries(payload.values));
      expect({ type: opened.type, host: opened.host }).toEqual({ type: payload.type, host: payload.host });
    }),
    { numRuns: 60 },
  );
});

test('any changed bit and any cut is refused, by one error', async () => {
  const sealed = await sealSecret({ key, binding, payload });
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length * 8 - 1), async (bit) => {
      const changed = Uint8Array.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      // The top bit of an X25519 point is ignored by RFC 7748, section 5, but counts in the key schedule.
      await expect(openSecret({ keyring, binding, keyId: key.id, sealed: changed })).rejects.toThrow(
        SealBrokenError,
      );
    }),
    { numRuns: 150 },
  );
  for (const length of [0, 1, 32, 33, 34, 48, 49, sealed.length - 1]) {
    const cut = sealed.subarray(0, length);
    await expect(openSecret({ keyring, binding, keyId: key.id, sealed: cut })).rejects.toThrow(
      SealBrokenError,
    );
  }
});

test.each(['workspaceId', 'secretId', 'versionId'] as const)(
  'a record with another %s does not open',
  async (field) => {
    const sealed = await sealSecret({ key, binding, payload });
    const moved = { ...binding, [field]: randomUUID() };
    await expect(openSecret({ keyring, binding: moved, keyId: key.id, sealed })).rejects.toThrow(
      SealBrokenError,
    );
  },
);

test('no two bindings share an encoding', () => {
  const encode = (workspaceId: string, secretId: string, versionId: string) =>
    Buffer.from(encodeBinding({ workspaceId, secretId, versionId })).toString('hex');
  fc.assert(
    fc.property(
      fc.tuple(fc.string(), fc.string(), fc.string()),
      fc.tuple(fc.string(), fc.string(), fc.string()),
      (a, b) => {
        expect(encode(...a) === encode(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      },
    ),
  );
  expect(encode('ab', 'c', 'd')).not.toBe(encode('a', 'bc', 'd'));
});

test('a seal of another purpose does not open', async () => {
  const { suite } = await import('#lib/vault/suite.ts');
  const { encodePayload, joinSealed } = await import('#lib/vault/format.ts');
  const seal = async (info: Uint8Array) => {
    const publicKey = await suite.DeserializePublicKey(key.publicKey);
    const parts = await suite.Seal(publicKey, encodePayload(payload), { info, aad: encodeBinding(binding) });
    return joinSealed({ enc: parts.encapsulatedSecret, ciphertext: parts.ciphertext });
  };
  const open = (sealed: Uint8Array) => openSecret({ keyring, binding, keyId: key.id, sealed });
  expect(await open(await seal(sealInfo))).toEqual(payload);
  await expect(open(await seal(Buffer.from('slipway session, format 1')))).rejects.toThrow(SealBrokenError);
});

test.each([
  ['not JSON', Buffer.from('not json')],
  ['no values', Buffer.from('{"type":"custom","host":null}')],
  ['a value that is no string', Buffer.from('{"type":"custom","host":null,"values":{"A":1}}')],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
])('a true seal around %s is refused', async (_, json) => {
  const { suite } = await import('#lib/vault/suite.ts');
  const { joinSealed } = await import('#lib/vault/format.ts');
  const plaintext = Buffer.alloc(1024);
  plaintext.writeUInt32BE(json.length);
  plaintext.set(json, 4);
  const publicKey = await suite.DeserializePublicKey(key.publicKey);
  const parts = await suite.Seal(publicKey, plaintext, { info: sealInfo, aad: encodeBinding(binding) });
  const sealed = joinSealed({ enc: parts.encapsulatedSecret, ciphertext: parts.ciphertext });
  await expect(openSecret({ keyring, binding, keyId: key.id, sealed })).rejects.toThrow(SealBrokenError);
});

test('a record of a key that the keyring lacks is refused by name', async () => {
  const sealed = await sealSecret({ key, binding, payload });
  const refusal = openSecret({ keyring, binding, keyId: '0123456789abcdef', sealed });
  await expect(refusal).rejects.toThrow(UnknownSealingKeyError);
  await expect(refusal).rejects.toThrow(/0123456789abcdef/);
});

test('the length of the record says nothing about short values', async () => {
  const lengths = await Promise.all(
    ['x', 'dckr_pat_abcdefghijklmnopqrstuvwxyz0', 'y'.repeat(700)].map(async (REGISTRY_PASSWORD) => {
      return (await sealSecret({ key, binding, payload: { ...payload, values: { REGISTRY_PASSWORD } } }))
        .length;
    }),
  );
  expect(new Set(lengths).size).toBe(1);
});

test('two seals of the same values share nothing', async () => {
  const [one, two] = await Promise.all([
    sealSecret({ key, binding, payload }),
    sealSecret({ key, binding, payload }),
  ]);
  expect(Buffer.from(one).subarray(1, 33).equals(Buffer.from(two).subarray(1, 33))).toBe(false);
  expect(Buffer.from(one).subarray(33, 65).equals(Buffer.from(two).subarray(33, 65))).toBe(false);
});

test.each([
  ['another id', { id: '0123456789abcdef', publicKey: key.publicKey }],
  ['a short key', { id: key.id, publicKey: key.publicKey.subarray(1) }],
])('a public key with %s is not used', async (_, wrong) => {
  await expect(sealSecret({ key: wrong, binding, payload })).rejects.toThrow(SealingKeyError);
});

test('more than a record holds is refused before it is sent anywhere', async () => {
  const values = { A: 'x'.repeat(1024 * 1024) };
  await expect(sealSecret({ key, binding, payload: { ...payload, values } })).rejects.toThrow(
    SealTooLargeError,
  );
});
