import type { DraftCheck } from './check-draft.ts';
import type { FormDraft } from './form-draft.ts';

/** What each type's part of the form works with. */
export interface FieldsProps {
  readonly draft: FormDraft;
  readonly onChange: (draft: FormDraft) => void;
  readonly check: DraftCheck;
  /** What is wrong with a control, once it is time to say so. */
  readonly errorOf: (controlId: string) => string | undefined;
}
