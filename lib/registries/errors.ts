import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { isPublicEcrHost } from './ecr.ts';
import { kindOfHost, registryKindNames } from './host-kind.ts';

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
        why: `${whatItIs(registry)}The secret is bound to ${boundHost ?? 'no registry'} and is sent nowhere else. Nothing was sent.`,
        next: secretFor(registry),
      },
    });
  }
}

/** An address of one cloud in the form of another registry is seldom recognised by whoever pasted it. */
function whatItIs(registry: string): string {
  const kind = kindOfHost(registry);
  if (isPublicEcrHost(registry)) return `${registry} is Amazon’s public gallery, where nobody signs in. `;
  return kind === 'registry' ? '' : `This is an address of ${registryKindNames[kind]}. `;
}

function secretFor(registry: string): string {
  const kind = kindOfHost(registry);
  if (isPublicEcrHost(registry)) return `Images on ${registry} are public: choose no secret.`;
  return kind === 'registry'
    ? `Choose a secret for ${registry}, or none if the image is public.`
    : `Choose a secret of the type ${registryKindNames[kind]}, or save one first.`;
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
