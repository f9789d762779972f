import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { registryOf } from './registry-of.ts';

/** Of which registry a whole reference is, beside one that is shown without its host. */
export function RegistryMark({ reference }: { readonly reference: string }) {
  const { host, name } = registryOf(reference);
  return <RegistryIcon registry={host} title={name} />;
}
