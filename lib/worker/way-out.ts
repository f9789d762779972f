import { z } from 'zod';
import type { Settings } from '#lib/config/settings.ts';
import { createEgress, type Egress } from '#lib/egress/egress.ts';
import { type Registries, registriesSchema } from '#lib/egress/registries-config.ts';
import { type Clouds, cloudsOf } from '#lib/registries/clouds.ts';

/** What the process of a build, a check or a push is told about how registries and clouds are reached. */
export const wayOutSchema = z.object({
  registries: registriesSchema,
  /** Where the operator says that services of AWS are reached; their own addresses where nothing is said. */
  awsEndpoints: z.object({ ecr: z.url().exactOptional(), sts: z.url().exactOptional() }),
});
type WayOut = z.infer<typeof wayOutSchema>;

/** The same, from what the worker brought along. */
export function wayOutOf(equipment: {
  readonly registries: Registries;
  readonly awsEndpoints: Settings['awsEndpoints'];
}): WayOut {
  const { registries } = equipment;
  const { ecr, sts } = equipment.awsEndpoints;
  return { registries, awsEndpoints: { ...(ecr && { ecr: ecr.href }), ...(sts && { sts: sts.href }) } };
}

/** Opens it in the process that was told. */
export function openWayOut({ registries, awsEndpoints: { ecr, sts } }: WayOut): {
  readonly egress: Egress;
  readonly clouds: Clouds;
} {
  const egress = createEgress({ registries });
  const awsEndpoints = { ecr: addressOf(ecr), sts: addressOf(sts) };
  return { egress, clouds: cloudsOf({ egress, registries, awsEndpoints }) };
}

function addressOf(text: string | undefined): URL | undefined {
  return text === undefined ? undefined : new URL(text);
}
