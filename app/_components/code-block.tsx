import { CopyButton } from './copy-button.tsx';

export interface CodeBlockProps {
  readonly text: string;
  readonly title?: string | undefined;
  /** The copy button's accessible name: "Copy policy". No button when absent. */
  readonly copyLabel?: string | undefined;
}

/** Text to read or to paste, as it is. */
export function CodeBlock(props: CodeBlockProps) {
  const hasHead = props.title !== undefined || props.copyLabel !== undefined;
  return (
    <div className="overflow-hidden rounded-md bg-surface-sunken inset-ring inset-ring-line">
      {hasHead && (
        <div className="flex items-center justify-between gap-2 border-b border-line py-[5px] pr-[5px] pl-3 text-small text-ink-3">
          <span className="cut">{props.title}</span>
          {props.copyLabel !== undefined && (
            <CopyButton label={props.copyLabel} text={props.text} isLabelled />
          )}
        </div>
      )}
      <pre className="px-3 pt-2.5 pb-3 font-mono text-small leading-log wrap-anywhere whitespace-pre-wrap text-ink-2">
        {props.text}
      </pre>
    </div>
  );
}
