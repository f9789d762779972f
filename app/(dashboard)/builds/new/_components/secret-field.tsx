import Link from 'next/link';
import { Select } from '#app/_components/select.tsx';
import { WarningLine } from '#app/_components/warning-line.tsx';
import type { Match } from '#lib/secrets/best-match.ts';
import type { ReadReference } from '../../../_components/read-reference.ts';
import { outsidePatterns, type SecretChoice } from './build-draft.ts';
import { noSecret, secretOptions } from './secret-options.tsx';

export interface SecretFieldProps {
  readonly secrets: readonly SecretChoice[];
  readonly read: ReadReference;
  readonly secret: SecretChoice | undefined;
  /** Null while no reference is read. */
  readonly proposal: Match<SecretChoice> | null;
  /** Somebody chose, so the proposal does not count. */
  readonly isChosen: boolean;
  readonly error: string | undefined;
  readonly onChoose: (name: string | null) => void;
}

/** Which secret signs in, and how it came to it. */
export function SecretField(props: SecretFieldProps) {
  const { secrets, read, secret, proposal } = props;
  const outside = props.error === undefined ? outsidePatterns(secret, read) : undefined;
  const why = proposal === null ? undefined : whyOf({ ...props, proposal });
  return (
    <Select
      label="Secret"
      value={secret?.name ?? noSecret}
      onValueChange={(value) => props.onChoose(value === noSecret ? null : value)}
      options={secretOptions(secrets, read)}
      error={props.error}
      hint={
        why === undefined ? undefined : (
          <>
            {outside !== undefined && <WarningLine text={outside} />}
            {why}
          </>
        )
      }
      aside={
        <Link
          href="/secrets/new"
          className="text-tide hover:underline touch:-my-3 touch:inline-flex touch:h-touch touch:items-center"
        >
          Add a secret
        </Link>
      }
      isMono
    />
  );
}

function whyOf(props: SecretFieldProps & { readonly proposal: Match<SecretChoice> }): string {
  const { secret, proposal, isChosen } = props;
  const isProposal = (proposal.secret?.name ?? null) === (secret?.name ?? null);
  if (!isChosen || isProposal) return `Proposed: ${proposal.why}.`;
  return `Chosen by you. The proposal is ${proposal.secret?.name ?? 'none'}: ${proposal.why}.`;
}
