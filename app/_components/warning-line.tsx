import { TriangleAlert } from 'lucide-react';

/** Something that looks wrong and may be right. It stops nobody. */
export function WarningLine({ text }: { text: string }) {
  return (
    <span className="mb-1 flex gap-1.5 text-warn-fg">
      <TriangleAlert className="mt-0.5 size-3.5" aria-hidden />
      <span>
        <span className="sr-only">Warning: </span>
        {text}
      </span>
    </span>
  );
}
