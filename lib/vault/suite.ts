import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';

/** The one suite of format 1. https://www.rfc-editor.org/rfc/rfc9180.html#section-7 */
export const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

/** Bytes of an X25519 key, private or public, and of an encapsulated key. RFC 9180, section 7.1 */
export const keyBytes = 32;
