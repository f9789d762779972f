import { lastProven } from '#lib/builds/data.ts';
import type { Claim } from '#lib/builds/queue.ts';
import type { BuildEvent } from '#lib/builds/schema.ts';
import type { Registries } from '#lib/egress/registries-config.ts';
import { ruleFor } from '#lib/egress/rule-for.ts';
import { parseReference } from '#lib/oci/reference.ts';
import type { LastProven } from '#lib/pull/stand-in.ts';
import { rememberAllowance } from '#lib/secrets/mutations.ts';
import { scopeOf } from './scope-of.ts';

/**
 * What access a build's own credentials last proved to its reference, as far as the operator lets that stand for a proof of
 * now (`staleHoursMax`); null otherwise. All of it is read from the build's row: what its process says does not count.
 */
export async function provenFor(claim: Claim, registries: Registries): Promise<LastProven | null> {
  const { registry } = parseReference(claim.reference);
  const withinHours = ruleFor(registries, registry)?.staleHoursMax;
  return withinHours === undefined ? null : lastProven({ ...claim, scope: scopeOf(claim), withinHours });
}

/** Notes where the registry said that the build's credentials stand. */
export async function rememberAllowances(claim: Claim, events: readonly BuildEvent[]): Promise<void> {
  const allowance = events
    .map((event) => (event.kind === 'facts' ? event.facts.rateLimit : undefined))
    .findLast((rateLimit) => rateLimit !== undefined);
  if (allowance === undefined) return;
  const { registry } = parseReference(claim.reference);
  await rememberAllowance({ scope: scopeOf(claim), registry, secretId: claim.secretId, allowance });
}
