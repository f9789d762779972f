import { Note } from '#app/_components/note.tsx';

/** That no worker can run steps, what is missing and how to get it. Builds whose steps are all kept still succeed. */
export function EngineGap({ gap }: { readonly gap: { readonly why: string; readonly next: string } }) {
  return (
    <Note tone="warn" role="status">
      <b className="font-medium text-ink">No worker can run steps now.</b> {gap.why} {gap.next} Until then
      only steps that are in the cache succeed.
    </Note>
  );
}
