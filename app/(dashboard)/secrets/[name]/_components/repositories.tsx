'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState, useTransition } from 'react';
import { askForRefusal } from '#app/_components/ask-action.ts';
import { Badge } from '#app/_components/badge.tsx';
import { Button } from '#app/_components/button.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import type { RegistryKind } from '#lib/registries/host-kind.ts';
import { readPatterns } from '#lib/secrets/repository-pattern.ts';
import { RepositoriesField } from '../../_components/repositories-field.tsx';
import type { ActionFailure } from '../../action-failure.ts';
import { saveRepositories } from '../../actions.ts';
import { Section } from './section.tsx';

export interface RepositoriesProps {
  readonly id: string;
  readonly type: RegistryKind;
  readonly host: string | null;
  readonly saved: readonly string[];
}

/** For which repositories the secret is proposed. They change without its values. */
export function Repositories(props: RepositoriesProps) {
  const { host, saved } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <Section title="Repositories" id="repositories-title">
      {isOpen ? (
        <Editor {...props} onClose={() => setOpen(false)} />
      ) : (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          {saved.length === 0 ? (
            <p className="text-ink-3">Proposed for every repository on {host}.</p>
          ) : (
            <ul aria-label="Repositories" className="flex min-w-0 flex-wrap gap-1.5">
              {saved.map((pattern) => (
                <li key={pattern} className="min-w-0">
                  <Badge isMono title={pattern}>
                    <span className="cut">{pattern}</span>
                  </Badge>
                </li>
              ))}
            </ul>
          )}
          <Button variant="ghost" size="sm" onClick={() => setOpen(true)}>
            Edit repositories
          </Button>
        </div>
      )}
    </Section>
  );
}

function Editor({ id, type, host, saved, onClose }: RepositoriesProps & { readonly onClose: () => void }) {
  const router = useRouter();
  const [text, setText] = useState(saved.join(' '));
  const [failure, setFailure] = useState<ActionFailure | null>(null);
  const [isSaving, startSaving] = useTransition();
  const { patterns, problem } = readPatterns({ text, binding: { type, host } });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (problem !== undefined || isSaving) return;
    startSaving(async () => {
      const refused = await askForRefusal('The repositories were not saved', () =>
        saveRepositories({ id, repositories: patterns }),
      );
      setFailure(refused);
      if (refused !== null) return;
      router.refresh();
      onClose();
    });
  }

  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <RepositoriesField
        type={type}
        text={text}
        onChange={(next) => {
          setText(next);
          setFailure(null);
        }}
        error={problem ?? failure?.fields.repositories}
        hasAutoFocus
      />
      {failure !== null && failure.fields.repositories === undefined && (
        <FailureNote failure={failure.report} />
      )}
      <div className="flex gap-2">
        <Button type="submit" isBusy={isSaving} busyLabel="Saving">
          Save repositories
        </Button>
        <Button variant="ghost" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
