import { JsonLine } from '#app/_components/json-line.tsx';

/** A policy as text to read, with the lines that follow what was typed marked. */
export function PolicyCode({ text }: { text: string }) {
  const lines = text.split('\n');
  return (
    <pre className="py-2.5 font-mono text-small leading-log wrap-anywhere whitespace-pre-wrap text-ink-2">
      {lines.map((line, index) => {
        const isTyped = line.includes('"arn:');
        return (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place alone.
            key={index}
            className={`block px-3 ${isTyped ? 'bg-ok-soft inset-shadow-[2px_0_0] inset-shadow-ok-solid' : ''}`}
          >
            <JsonLine line={line} />
            {'\n'}
          </span>
        );
      })}
    </pre>
  );
}
