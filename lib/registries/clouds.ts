import type { Egress } from '#lib/egress/egress.ts';
import type { Registries } from '#lib/egress/registries-config.ts';
import type { Clouds } from './sign-in.ts';

/** How the services of clouds are reached from here: over the guarded way out, and where the operator says. */
export function cloudsOf(options: {
  readonly egress: Pick<Egress, 'forService'>;
  readonly registries: Pick<Registries, 'tokenUris'>;
  readonly awsEndpoints: Clouds['awsEndpoints'];
}): Clouds {
  const { egress, awsEndpoints } = options;
  const { tokenUris } = options.registries;
  const named = [awsEndpoints.ecr?.origin, awsEndpoints.sts?.origin];
  return {
    fetchFor: (service) => egress.forService(service, { isOperatorNamed: named.includes(service.origin) }),
    awsEndpoints,
    tokenUris,
  };
}
