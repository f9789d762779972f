import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { type CertificateDetails, certificateFault } from './certificate-fault.ts';

/**
 * A host that leads to an address Slipway does not call, or to none. Both answer alike and no address is shown, so
 * that nobody can map the network behind the server by asking for pulls.
 */
export class AddressRefusedError extends SlipwayError {
  override readonly name = 'AddressRefusedError';
  readonly code = 'address_refused';
  readonly kind = 'network';

  constructor(options: { readonly registry: string }) {
    super({
      advice: {
        what: `${options.registry} cannot be called from here`,
        why: 'Its name is unknown, or it leads to an address that Slipway does not call: a private, local or reserved one.',
        next: 'Check the spelling. For a registry in your own network, the operator can set allowPrivate for this host in registries.json.',
      },
    });
  }
}

/** The certificate that a host shows is not trusted. Nothing was sent. */
export class CertificateError extends SlipwayError {
  override readonly name = 'CertificateError';
  readonly code = 'certificate_untrusted';
  readonly kind = 'network';

  constructor(options: {
    readonly registry: string;
    /** OpenSSL's or Node's. */
    readonly code: string;
    readonly details: CertificateDetails;
  }) {
    const { registry, code, details } = options;
    super({
      advice: {
        what: `${registry} does not prove who it is`,
        ...(certificateFault(code, details) ?? {
          why: 'Its TLS certificate is not trusted.',
          next: 'Whoever runs the registry has to look at its certificate.',
        }),
      },
      diagnostic: `The certificate of ${registry} is not trusted: ${code}`,
    });
  }
}

/** Plain http where the operator has not allowed it. */
export class PlainHttpRefusedError extends SlipwayError {
  override readonly name = 'PlainHttpRefusedError';
  readonly code = 'plain_http_refused';
  readonly kind = 'network';

  constructor(options: { readonly registry: string }) {
    super({
      advice: {
        what: `${options.registry} would have been called over plain http`,
        why: 'Anybody on the way could read the credentials and change the image.',
        next: 'Use https. If it cannot be had, the operator can set plainHttp for this host in registries.json.',
      },
    });
  }
}

/** A registries.json that Slipway cannot start with. `why` is one line: file, place in it, what is expected. */
export class RegistriesFileError extends SlipwayError {
  override readonly name = 'RegistriesFileError';
  readonly code = 'registries_file';
  readonly kind = 'setup';

  constructor(options: { readonly line: string; readonly cause?: unknown }) {
    super({
      advice: {
        what: 'The registry configuration is wrong',
        why: options.line,
        next: 'Correct the file, or take it away to run without it.',
      },
      cause: options.cause,
    });
  }
}
