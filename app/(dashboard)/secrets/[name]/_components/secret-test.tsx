'use client';

import type { RegistryKind } from '#lib/registries/host-kind.ts';
import { SecretCheck } from '../../_components/secret-check.tsx';

/** Tries the saved values at their registry. */
export function SecretTest(props: {
  readonly name: string;
  readonly type: RegistryKind;
  /** Of the newest version: with another one, what was found is out of date. */
  readonly versionId: string;
  readonly isRefused: boolean;
  /** The image that a build pulled with it last. */
  readonly reference: string;
}) {
  const { name, type, versionId, reference } = props;
  return (
    <SecretCheck
      title="Test"
      lead="Signs in with the saved values; nothing is pulled"
      actLabel="Test secret"
      actDisabledReason={props.isRefused ? 'A worker refused its values. Replace them first' : undefined}
      type={type}
      reference={reference}
      subject={versionId}
      secretOf={() => async () => ({ secretName: name })}
    />
  );
}
