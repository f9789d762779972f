import Link from 'next/link';
import { Select, type SelectOption } from '#app/_components/select.tsx';
import { WarningLine } from '#app/_components/warning-line.tsx';
import type { Match } from '#lib/secrets/best-match.ts';
import { type DraftBase, outsidePatterns, type SecretChoice } from './build-draft.ts';
import { noSecret, secretOptions } from './secret-options.tsx';

export interface SecretFieldProps {
  readonly secrets: readonly SecretChoice[];
  readonly base: DraftBase;
  /** Somebody chose, so the proposal does not count. */
  readonly isChosen: boolean;
  readonly error: string | undefined;
  readonly onChoose: (name: string | null) => void;
}

/** Which secret signs in, and how it came to it. */
export function SecretField(props: SecretFieldProps) {
  const { secrets } = props;
  const { read, secret, secretName, proposal } = props.base;
  const outside = props.error === undefined ? outsidePatterns(secret, read) : undefined;
  const why = proposal === null ? undefined : whyOf({ base: props.base, proposal, isChosen: props.isChosen });
  return (
    <Select
      label="Secret"
      value={secretName ?? noSecret}
      onValueChange={(value) => props.onChoose(value === noSecret ? null : value)}
      options={[...secretOptions(secrets, read), ...goneOptions(props.base)]}
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

/** A secret that was chosen and deleted since stays to be seen until another is chosen. */
function goneOptions({ secretName, secret }: DraftBase): readonly SelectOption[] {
  if (secretName === null || secret !== undefined) return [];
  return [{ value: secretName, label: secretName, detail: 'Missing' }];
}

function whyOf(options: {
  readonly base: DraftBase;
  readonly proposal: Match<SecretChoice>;
  readonly isChosen: boolean;
}): string {
  const { base, proposal, isChosen } = options;
  const isProposal = (proposal.secret?.name ?? null) === base.secretName;
  if (!isChosen || isProposal) return `Proposed: ${proposal.why}.`;
  return `Chosen by you. The proposal is ${proposal.secret?.name ?? 'none'}: ${proposal.why}.`;
}
