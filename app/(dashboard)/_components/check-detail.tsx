import { formatDigest } from '#lib/builds/format.ts';

/** What a check found. Digests are shown in short, and are whole under the pointer. */
export function CheckDetail({ text }: { text: string }) {
  return text.split(/(sha256:[0-9a-f]{64})/).map((part) =>
    part.startsWith('sha256:') ? (
      <code key={part} title={part} className="font-mono text-small">
        {formatDigest(part)}
      </code>
    ) : (
      part
    ),
  );
}
