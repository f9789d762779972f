import { describe, expect, it } from 'vitest';
import { type CertificateDetails, certificateFault } from '#lib/egress/certificate-fault.ts';

const day = Date.UTC(2026, 10, 9, 12);
const many = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example', 'f.example'];

describe('what is wrong with a certificate', () => {
  it.each<[string, CertificateDetails, string, string]>([
    ['CERT_HAS_EXPIRED', { validUntilMs: day }, 'expired on 9 Nov 2026.', 'has to renew it'],
    ['CERT_HAS_EXPIRED', {}, 'expired.', 'has to renew it'],
    ['CERT_NOT_YET_VALID', { validFromMs: day }, 'not valid yet: it begins on 9 Nov 2026.', 'Set the clock'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', {}, 'signed by itself', 'caFile'],
    ['SELF_SIGNED_CERT_IN_CHAIN', {}, 'an authority that is not known here', 'caFile'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', {}, 'an authority that is not known here', 'the whole chain'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', {}, 'an authority that is not known here', 'the whole chain'],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      { hostname: 'r.example', names: many.slice(0, 2) },
      'is for a.example, b.example, not for r.example.',
      'Check the spelling',
    ],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      { hostname: 'r.example', names: many },
      'is for a.example, b.example, c.example, d.example and 2 more names, not for r.example.',
      'Check the spelling',
    ],
    ['ERR_TLS_CERT_ALTNAME_INVALID', {}, 'is for another host.', 'Check the spelling'],
    ['CERT_REVOKED', {}, 'was revoked', 'has to replace it'],
    ['CERT_UNTRUSTED', {}, 'an authority that is not known here', 'caFile'],
  ])('%s %j', (code, details, why, next) => {
    const fault = certificateFault(code, details);
    expect(fault?.why).toContain(why);
    expect(fault?.next).toContain(next);
  });

  it.each(['ECONNREFUSED', 'EPROTO', 'ERR_TLS_HANDSHAKE_TIMEOUT', ''])('is no matter of %s', (code) => {
    expect(certificateFault(code)).toBeUndefined();
  });
});
