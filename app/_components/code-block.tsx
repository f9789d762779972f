import { CopyButton } from './copy-button.tsx';
import { JsonLine } from './json-line.tsx';

export interface CodeBlockProps {
  readonly text: string;
  readonly title?: string | undefined;
  /** The copy button's accessible name: "Copy policy". No button when absent. */
  readonly copyLabel?: string | undefined;
}

/** Text to read or to paste, as it is. JSON has its names and values told apart. */
export function CodeBlock(props: CodeBlockProps) {
  const { text } = props;
  const hasHead = props.title !== undefined || props.copyLabel !== undefined;
  return (
    <div className="overflow-hidden rounded-md bg-surface-sunken inset-ring inset-ring-line">
      {hasHead && (
        <div className="flex items-center justify-between gap-2 border-b border-line py-[5px] pr-[5px] pl-3 text-small text-ink-3">
          <span className="cut">{props.title}</span>
          {props.copyLabel !== undefined && <CopyButton label={props.copyLabel} text={text} isLabelled />}
        </div>
      )}
      <pre className="px-3 pt-2.5 pb-3 font-mono text-small leading-log wrap-anywhere whitespace-pre-wrap text-ink-2">
        {/^[{[]/.test(text) ? <Json text={text} /> : text}
      </pre>
    </div>
  );
}

function Json({ text }: { text: string }) {
  return text.split('\n').map((line, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place alone.
    <span key={index}>
      <JsonLine line={line} />
      {'\n'}
    </span>
  ));
}
