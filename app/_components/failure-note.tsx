import type { ErrorReport } from '#lib/errors/report.ts';
import { Note } from './note.tsx';

/** What stopped a form or an act: the whole advice on one ground. */
export function FailureNote(props: { readonly failure: ErrorReport | null }) {
  const { failure } = props;
  if (failure === null) return null;
  return (
    <Note tone="bad" role="alert">
      <b className="font-medium text-ink">{failure.what}.</b> {failure.why} {failure.next}
    </Note>
  );
}
