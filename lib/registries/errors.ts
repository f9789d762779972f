import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { registryKindNames } from './host-kind.ts';

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
        next: `Choose a secret for ${registry}, or none if the image is public.`,
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

/** The secret is well kept, but the token exchange of its cloud is not built yet. */
export class RegistryTypeNotYetError extends SlipwayError {
  override readonly name = 'RegistryTypeNotYetError';
  readonly code = 'registry_type_not_yet';
  readonly kind = 'unsupported';

  constructor(type: 'aws' | 'gcp') {
    const name = registryKindNames[type];
    super({
      advice: {
        what: `Slipway can save this secret but cannot sign in to ${name} with it yet`,
        why: `Pulls from ${name} need a token exchange that this version does not have. Nothing was sent and nothing was pulled.`,
        next: 'Copy the image to Docker Hub or another registry and build from there, or keep the secret for the version that can.',
      },
    });
  }
}
