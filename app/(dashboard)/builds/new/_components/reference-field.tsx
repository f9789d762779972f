import { Check } from 'lucide-react';
import { Badge } from '#app/_components/badge.tsx';
import { Button } from '#app/_components/button.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { formatDigest } from '#lib/builds/format.ts';
import type { RegistryKind } from '#lib/registries/host-kind.ts';
import { examples, type ReadReference } from '../../../_components/read-reference.ts';
import { registryOf } from '../../../_components/registry-of.ts';

/** The image reference, with what a build will make of it. */
export function ReferenceField(props: {
  readonly source: RegistryKind;
  readonly text: string;
  readonly read: ReadReference;
  readonly error: string | undefined;
  readonly onChange: (text: string) => void;
  readonly onBlur: () => void;
  /** Takes what is public for what it is. */
  readonly onPullAsPublic: () => void;
}) {
  const { read, error } = props;
  return (
    <TextField
      label="Image reference"
      aside={<span className="max-md:hidden">Paste the whole reference, or type repository:tag</span>}
      value={props.text}
      onChange={props.onChange}
      onBlur={props.onBlur}
      placeholder={examples[props.source]}
      autoComplete="off"
      maxLength={1000}
      error={error}
      end={read.state === 'read' && <Check className="size-3.5 text-ok-fg" aria-hidden />}
      hint={
        <Reading
          read={read}
          isWrong={error !== undefined}
          onTake={props.onChange}
          onPullAsPublic={props.onPullAsPublic}
        />
      }
      isMono
      isRequired
    />
  );
}

function Reading(props: {
  readonly read: ReadReference;
  readonly isWrong: boolean;
  readonly onTake: (text: string) => void;
  readonly onPullAsPublic: () => void;
}) {
  const { read } = props;
  if (read.state === 'read') return <Parts whole={read.whole} read={read} />;
  if (read.state === 'problem' && read.isPublicPull && props.isWrong)
    return (
      <Button size="sm" onClick={props.onPullAsPublic}>
        Pull it as a public image
      </Button>
    );
  if (read.state !== 'problem' || !props.isWrong || read.suggestion === undefined) return null;
  const { suggestion } = read;
  return (
    <span>
      Did you mean{' '}
      <button
        type="button"
        onClick={() => props.onTake(suggestion)}
        className="font-mono text-tide wrap-anywhere hover:underline touch:min-h-touch"
      >
        {suggestion}
      </button>
      ?
    </span>
  );
}

function Parts(props: {
  readonly whole: string;
  readonly read: Extract<ReadReference, { readonly state: 'read' }>;
}) {
  const { repository, tag, digest } = props.read.reference;
  const { host, account, region } = registryOf(props.whole);
  const parts = [
    ['host', account === undefined ? host : undefined],
    ['account', account],
    ['region', region],
    ['repo', repository],
    ['tag', tag],
    ['digest', digest && formatDigest(digest)],
  ].filter((part): part is [string, string] => part[1] !== undefined);
  return (
    <span className="flex flex-wrap gap-[5px]">
      <span className="sr-only">Reads as {props.whole}</span>
      {parts.map(([name, value]) => (
        <Badge key={name} isMono title={props.whole}>
          <span className="font-sans text-ink-3">{name}</span>
          <span className="cut font-medium text-ink">{value}</span>
        </Badge>
      ))}
    </span>
  );
}
