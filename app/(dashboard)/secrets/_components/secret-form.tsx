'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useMemo, useRef, useState, useTransition } from 'react';
import { askForRefusal } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { ChoiceCards } from '#app/_components/choice-cards.tsx';
import { ErrorPanel } from '#app/_components/error-panel.tsx';
import { useShortcut } from '#app/_components/shortcuts.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import { secretTypeSchema } from '#lib/secrets/schema.ts';
import { newId, type SealingKeyText, sealDraft } from '#lib/secrets/seal-draft.ts';
import { SplitForm } from '../../_components/split-form.tsx';
import { type ActionFailure, failureOf } from '../action-failure.ts';
import { replaceValues, saveSecret } from '../actions.ts';
import { checkDraft, nameId, repositoriesId } from './check-draft.ts';
import { type FormDraft, newDraft } from './form-draft.ts';
import { RepositoriesField } from './repositories-field.tsx';
import { SecretCheck } from './secret-check.tsx';
import { typeCards } from './type-cards.tsx';
import { TypeFields } from './type-fields.tsx';
import { TypeGuide } from './type-guide.tsx';
import { useObstacle } from './use-obstacle.ts';

export interface SecretFormProps {
  /** Null while no worker has published a key. */
  readonly sealingKey: SealingKeyText | null;
  readonly workspaceId: string;
  /** Where the draft begins. */
  readonly start: Parameters<typeof newDraft>[0];
  /** The secret that gets a new version; null for a new secret. */
  readonly replaced: ReplacedSecret | null;
}

interface ReplacedSecret {
  readonly id: string;
  readonly repositories: readonly string[];
  /** The image that a build pulled with it last; empty when there is none. */
  readonly lastReference: string;
}

/**
 * The form for a new secret and for new values of one. Nothing typed here leaves the browser but sealed: controls have
 * no `name`, the form is never submitted by the browser, and the action takes the sealed record alone.
 */
export function SecretForm({ sealingKey, workspaceId, start, replaced }: SecretFormProps) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<FormDraft>(() => newDraft(start));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [isSubmitted, setSubmitted] = useState(false);
  const [failure, setFailure] = useState<(ActionFailure & { readonly sentName: string }) | null>(null);
  const [isSaving, startSaving] = useTransition();
  const obstacle = useObstacle(sealingKey !== null);
  const check = checkDraft(draft);
  // A name that was changed while it was being sent has not been refused.
  const refusedName = failure?.sentName === draft.name ? failure.fields.name : undefined;
  const { type, typed, awsSignIn } = draft;
  // What a check tries: a new name or other repositories leave what it found true.
  const tried = useMemo(() => ({ type, typed, awsSignIn }), [type, typed, awsSignIn]);

  function change(next: FormDraft) {
    setDraft(next);
    setFailure(null);
  }

  /** Nobody is told that a field is wrong before they have left it once, or tried to save. */
  function errorOf(controlId: string): string | undefined {
    const isDue = isSubmitted || left.has(controlId);
    return (
      (isDue ? check.problems[controlId] : undefined) ?? (controlId === nameId ? refusedName : undefined)
    );
  }

  function submit(event?: FormEvent) {
    event?.preventDefault();
    if (isSaving || obstacle !== null) return;
    setSubmitted(true);
    if (Object.keys(check.problems).length > 0) return focusFirstError();
    startSaving(save);
  }

  async function save() {
    if (sealingKey === null) return;
    const id = replaced?.id ?? newId();
    const sealed = await sealDraft({
      key: sealingKey,
      workspaceId,
      secretId: id,
      draft: check.checked,
    }).catch(failureOf);
    if ('report' in sealed) return setFailure({ ...sealed, sentName: draft.name });
    const refused = await askForRefusal('Nothing was saved', () =>
      replaced === null
        ? saveSecret({ ...sealed, id, name: draft.name, repositories: [...check.repositories] })
        : replaceValues({ id, input: sealed }),
    );
    if (refused === null) return router.push(`/secrets/${draft.name}`);
    setFailure({ ...refused, sentName: draft.name });
    if (refused.fields.name !== undefined) focusFirstError();
  }

  /** Seals the values as they are now, for a check; null, and the first field that is wrong, when they are not whole. */
  function sealForCheck() {
    const key = sealingKey;
    if (key === null) return null;
    setSubmitted(true);
    if (Object.keys(check.checked.problems).length > 0) {
      focusFirstError();
      return null;
    }
    const { checked } = check;
    return async () => {
      const secretId = replaced?.id ?? newId();
      return {
        draft: { secretId, version: await sealDraft({ key, workspaceId, secretId, draft: checked }) },
      };
    };
  }

  /** After the next paint, when the errors are on the page. */
  function focusFirstError() {
    setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(), 50);
  }

  useShortcut('mod+enter', () => submit());

  return (
    <SplitForm
      ref={form}
      onSubmit={submit}
      onBlur={({ target }) => target.id !== '' && setLeft((ids) => new Set(ids).add(target.id))}
      guide={
        <TypeGuide draft={draft} check={check} repositories={replaced?.repositories ?? check.repositories} />
      }
      note="Sealed in this browser with the server’s key before it is sent"
      actions={
        <>
          <Button variant="ghost" href={replaced === null ? '/secrets' : `/secrets/${draft.name}`}>
            Cancel
          </Button>
          <Button
            type="submit"
            variant="primary"
            isBusy={isSaving}
            busyLabel="Saving"
            disabledReason={obstacle?.what}
          >
            {replaced === null ? 'Save secret' : 'Save new version'}
          </Button>
        </>
      }
    >
      {obstacle !== null && <ErrorPanel report={obstacle} />}
      {replaced === null && (
        <ChoiceCards
          legend="Type"
          name="type"
          value={draft.type}
          onChange={(type) => {
            change({ ...draft, type: secretTypeSchema.parse(type) });
            setSubmitted(false);
          }}
          options={typeCards}
        />
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-[18px]">
        {replaced === null && (
          <TextField
            id={nameId}
            label="Name"
            value={draft.name}
            onChange={(name) => change({ ...draft, name })}
            error={errorOf(nameId)}
            hint="Builds refer to it by this name. Lower case, digits and hyphens."
            maxLength={80}
            autoComplete="off"
            isMono
            isRequired
          />
        )}
        <TypeFields draft={draft} onChange={change} check={check} errorOf={errorOf} />
        {replaced === null && type !== 'custom' && (
          <RepositoriesField
            type={type}
            text={draft.repositories}
            onChange={(repositories) => change({ ...draft, repositories })}
            error={errorOf(repositoriesId)}
          />
        )}
      </div>
      {type !== 'custom' && (
        <SecretCheck
          key={type}
          title="Check"
          lead="Runs before saving; nothing is pulled"
          actLabel="Check now"
          actDisabledReason={obstacle?.what}
          type={type}
          reference={replaced?.lastReference ?? ''}
          subject={tried}
          secretOf={sealForCheck}
        />
      )}
      {failure !== null && refusedName === undefined && <ErrorPanel report={failure.report} />}
    </SplitForm>
  );
}
