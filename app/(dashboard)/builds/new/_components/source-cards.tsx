import type { ChoiceCardOption } from '#app/_components/choice-cards.tsx';
import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { formatCountOf } from '#lib/builds/format.ts';
import { type RegistryKind, registryKindNames, registryKinds } from '#lib/registries/host-kind.ts';
import type { SecretChoice } from './build-draft.ts';

/** Where an image may come from, with how many secrets there are for it. */
export function sourceCards(secrets: readonly SecretChoice[]): readonly ChoiceCardOption[] {
  return registryKinds.map((kind) => ({
    value: kind,
    label: registryKindNames[kind],
    detail: detailOf(kind, secrets.filter(({ type }) => type === kind).length),
    icon: <RegistryIcon registry={kind} size="large" />,
  }));
}

function detailOf(kind: RegistryKind, count: number): string {
  if (count > 0) return formatCountOf(count, 'secret');
  return kind === 'registry' ? 'Any OCI registry' : 'No secret yet';
}
