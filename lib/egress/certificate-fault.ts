/** What is wrong with the certificate that a host shows, in OpenSSL's words or Node's. */
export interface CertificateFault {
  readonly why: string;
  readonly next: string;
}

/** What a certificate says of itself, as far as it helps to find the fault. */
export interface CertificateDetails {
  /** The name that was called. */
  readonly hostname?: string | undefined;
  /** Milliseconds since 1970. */
  readonly validFromMs?: number | undefined;
  readonly validUntilMs?: number | undefined;
  /** Names that it is for. */
  readonly names?: readonly string[] | undefined;
}

/**
 * Why a certificate is not trusted, and who can change that; undefined where the code is about something else.
 * https://docs.openssl.org/3.0/man1/openssl-verification-options/ and https://nodejs.org/api/errors.html#openssl-error-codes
 */
export function certificateFault(
  code: string,
  details: CertificateDetails = {},
): CertificateFault | undefined {
  if (!certificateCodes.test(code)) return undefined;
  const { hostname, validFromMs, validUntilMs, names = [] } = details;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return {
        why: `Its TLS certificate expired${onDay(validUntilMs)}.`,
        next: 'Whoever runs the registry has to renew it. If it is new, set the clock of the server that Slipway runs on.',
      };
    case 'CERT_NOT_YET_VALID':
      return {
        why: `Its TLS certificate is not valid yet${validFromMs === undefined ? '' : `: it begins${onDay(validFromMs)}`}.`,
        next: 'Set the clock of the server that Slipway runs on. If that is right, whoever runs the registry has to replace the certificate.',
      };
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return {
        why: 'Its TLS certificate is signed by itself, not by an authority.',
        next: `If that is intended, ${operatorMay} that certificate, saved as a PEM file.`,
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return {
        why: `Its TLS certificate is for ${listed(names) ?? 'another host'}${hostname === undefined ? '' : `, not for ${hostname}`}.`,
        next: 'Check the spelling of the host. If it is right, whoever runs the registry needs a certificate for this name.',
      };
    case 'CERT_REVOKED':
      return {
        why: 'Its TLS certificate was revoked by the authority that gave it.',
        next: 'Whoever runs the registry has to replace it.',
      };
    default:
      return {
        why: 'Its TLS certificate comes from an authority that is not known here, or the certificates in between are missing.',
        next: `For an authority of your own, ${operatorMay} its certificate. Otherwise whoever runs the registry has to send the whole chain.`,
      };
  }
}

const operatorMay = 'the operator can name in registries.json, as caFile of this host,';

const certificateCodes =
  /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(?:GET|VERIFY)_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** ` on 9 Nov 2026`, in UTC. */
function onDay(atMs: number | undefined): string {
  if (atMs === undefined || Number.isNaN(atMs)) return '';
  const [, day, month, year] = new Date(atMs).toUTCString().split(' ');
  return ` on ${Number(day)} ${month} ${year}`;
}

/** A certificate of a large host names hundreds. */
const namesShownMax = 4;

function listed(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const shown = names.slice(0, namesShownMax).join(', ');
  return names.length > namesShownMax ? `${shown} and ${names.length - namesShownMax} more names` : shown;
}
