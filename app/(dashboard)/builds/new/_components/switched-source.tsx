import { type RegistryKind, registryKindNames } from '#lib/registries/host-kind.ts';
import type { ReadReference } from '../../../_components/read-reference.ts';

/** That another source is chosen now, by what was typed. */
export function SwitchedSource(props: { readonly from: RegistryKind | null; readonly read: ReadReference }) {
  const { from, read } = props;
  if (from === null || read.state !== 'read' || read.kind === from) return null;
  const { registry } = read.reference;
  const name = read.kind === 'registry' ? 'another registry' : registryKindNames[read.kind];
  return (
    <p className="text-small text-ink-3">
      Switched from {registryKindNames[from]}: <code className="font-mono wrap-anywhere">{registry}</code> is{' '}
      {name}.
    </p>
  );
}
