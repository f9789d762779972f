import type { Paste } from '#lib/errors/slipway-error.ts';
import { CodeBlock } from './code-block.tsx';

/** The exact thing to put into somebody else's console, with the button that copies it: "Copy statement". */
export function PasteBlock({ paste }: { paste: Paste }) {
  return <CodeBlock title={paste.title} text={paste.text} copyLabel={copyLabelOf(paste.title)} />;
}

/** "IAM policy statement" is copied as a statement, "gcloud command" as a command. */
function copyLabelOf(title: string): string {
  return `Copy ${title.slice(title.lastIndexOf(' ') + 1)}`;
}
