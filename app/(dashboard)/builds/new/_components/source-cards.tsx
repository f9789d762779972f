import type { ChoiceCardOption } from '#app/_components/choice-cards.tsx';
import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { formatCountOf } from '#lib/builds/format.ts';
import { dockerHubHost } from '#lib/registries/docker-hub.ts';
import { type RegistryKind, registryKindNames, registryKinds } from '#lib/registries/host-kind.ts';
import { countText, isRunningLow, type PullsLeftFacts } from '../../../_components/pulls-left-facts.ts';
import type { SecretChoice } from './build-draft.ts';

export interface SourceCardsOptions {
  readonly secrets: readonly SecretChoice[];
  readonly pulls: readonly PullsLeftFacts[];
  /** The one that signs in. */
  readonly secret: SecretChoice | undefined;
}

/** Where an image may come from, with how many secrets there are for it, and on Docker Hub how many pulls are left. */
export function sourceCards(options: SourceCardsOptions): readonly ChoiceCardOption[] {
  return registryKinds.map((kind) => ({
    value: kind,
    label: registryKindNames[kind],
    detail: detailOf(kind, options),
    icon: <RegistryIcon registry={kind} size="large" />,
  }));
}

function detailOf(kind: RegistryKind, options: SourceCardsOptions): string {
  const count = options.secrets.filter(({ type }) => type === kind).length;
  if (count === 0)
    return kind === 'registry' ? 'Any OCI registry' : (pullsText(kind, options) ?? 'No secret yet');
  return [formatCountOf(count, 'secret'), pullsText(kind, options)].filter(Boolean).join(', ');
}

/** Of the secret that signs in, or of asking without one. */
function pullsText(kind: RegistryKind, { pulls, secret }: SourceCardsOptions): string | undefined {
  if (kind !== 'docker_hub') return undefined;
  const secretId = secret?.type === kind ? secret.id : null;
  const found = pulls.find((one) => one.registry === dockerHubHost && one.secretId === secretId);
  if (found === undefined) return undefined;
  return `${isRunningLow(found) ? 'running low: ' : ''}${countText(found)} pulls left`;
}
