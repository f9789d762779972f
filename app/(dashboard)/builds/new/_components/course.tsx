import type { ReactNode } from 'react';
import { classNames } from '#app/_components/class-names.ts';
import type { Definition } from '#lib/images/schema.ts';
import { targetOf } from '#lib/oci/reference.ts';
import type { ReadReference } from '../../../_components/read-reference.ts';
import { DefinitionPreview } from '../../../_components/steps/definition-preview.tsx';
import type { SecretChoice } from './build-draft.ts';

/** What a build with this draft will do, stage by stage. */
export function Course(props: {
  readonly read: ReadReference;
  readonly secret: SecretChoice | undefined;
  readonly platform: string;
  /** What the steps make of it; null while there are none. */
  readonly preview: Definition | null;
  /** Takes the definition in another form; undefined where nothing is defined but a pull. */
  readonly editor?: ReactNode;
}) {
  const { read } = props;
  return (
    <aside
      aria-label="Preview"
      className="min-w-0 rounded-br-lg border-l border-line bg-surface-sunken max-lg:border-t max-lg:border-l-0"
    >
      {props.preview !== null && <DefinitionPreview definition={props.preview} />}
      {props.editor !== undefined && <div className="px-4 pt-4">{props.editor}</div>}
      <div className="sticky top-0 px-4 py-6">
        <h2 className="font-semibold">What will happen</h2>
        <p className="mt-0.5 mb-4 font-mono text-small wrap-anywhere text-ink-2">
          {read.state === 'read' ? (
            read.whole
          ) : (
            <span className="font-sans text-ink-3">Waits for a reference</span>
          )}
        </p>
        <ol className="grid">
          {stagesOf(props).map((stage, index) => (
            <li
              key={stage.name}
              className="relative grid grid-cols-[22px_minmax(0,1fr)] gap-3 pb-4 before:absolute before:top-5 before:bottom-0 before:left-2.5 before:w-0.5 before:bg-line-strong last:pb-0 last:before:hidden"
            >
              <span
                aria-hidden
                className={classNames(
                  'mt-px grid h-[18px] w-[22px] place-items-center text-micro font-semibold rake-both-18',
                  read.state === 'read' ? 'bg-plate-set text-surface' : 'bg-plate-reused text-ink',
                )}
              >
                {index + 1}
              </span>
              <div className="min-w-0">
                <h3 className="font-medium">{stage.name}</h3>
                <p className="text-ink-2 wrap-anywhere">{stage.text}</p>
              </div>
            </li>
          ))}
        </ol>
      </div>
    </aside>
  );
}

function stagesOf(props: {
  readonly read: ReadReference;
  readonly secret: SecretChoice | undefined;
  readonly platform: string;
  readonly preview: Definition | null;
}): readonly { readonly name: string; readonly text: ReactNode }[] {
  const { read, secret, platform } = props;
  const reference = read.state === 'read' ? read.reference : undefined;
  const host = reference?.registry ?? 'the registry';
  const target = reference && targetOf(reference);
  return [
    {
      name: 'Authenticate',
      text:
        secret === undefined ? (
          `Asks ${host} for a token as anybody may. No secret leaves the server.`
        ) : (
          <>
            Signs in to {host} with <Code>{secret.name}</Code>, version {secret.version}. The token lives as
            long as the build.
          </>
        ),
    },
    {
      name: 'Resolve',
      text: (
        <>
          Looks up {target === undefined ? 'the tag' : <Code>{target}</Code>}
          {reference?.digest === undefined && ', pins its digest'} and chooses the image for{' '}
          <Code>{platform}</Code>.
        </>
      ),
    },
    {
      name: 'Pull',
      text: 'Fetches the layers that the store does not hold, several at once, and verifies each against its digest.',
    },
    {
      name: 'Check',
      text: 'Looks at what came: its platform, its layers in the store, python and pip, and its entrypoint.',
    },
    ...(props.preview === null
      ? []
      : [
          {
            name: 'Steps',
            text: 'Runs each step on what the one before it made, in an engine that has no credential and no way to this machine. What did not change comes from the cache.',
          },
        ]),
    {
      name: 'Publish',
      text: 'Records the image in the store. A build that needs these layers again fetches none of them.',
    },
  ];
}

function Code(props: { readonly children: string }) {
  return <code className="font-mono text-small">{props.children}</code>;
}
