import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { isPublicEcrHost } from './ecr.ts';

/** A secret was about to go to a host that it is not bound to. It was not sent. */
export class SecretHostMismatchError extends SlipwayError {
  override readonly name = 'SecretHostMismatchError';
  readonly code = 'secret_host_mismatch';
  readonly kind = 'denied';

  constructor(options: { readonly boundHost: string | null; readonly registry: string }) {
    const { boundHost, registry } = options;
    super({
      advice: {
        what: `This secret is not for ${registry}`,
        why: `It is bound to ${boundHost ?? 'no registry'} and is sent nowhere else. Nothing was sent.`,
        next: isPublicEcrHost(registry)
          ? `Images on ${registry} are public: choose no secret.`
          : `Choose a secret for ${registry}, or none if the image is public.`,
      },
    });
  }
}

/** A custom secret was chosen for a pull. */
export class CustomSecretError extends SlipwayError {
  override readonly name = 'CustomSecretError';
  readonly code = 'custom_secret';
  readonly kind = 'denied';

  constructor() {
    super({
      advice: {
        what: 'A custom secret cannot sign in to a registry',
        why: 'Custom secrets are for build steps: they are bound to no registry and are sent to none. Nothing was sent.',
        next: 'Save the username and token as a secret of the registry’s own type and choose that one.',
      },
    });
  }
}
