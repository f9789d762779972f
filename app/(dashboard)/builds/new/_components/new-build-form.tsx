'use client';

import { useState } from 'react';
import { PageHeader } from '#app/_components/page-header.tsx';
import { useDraft } from '#app/_components/use-draft.ts';
import DashboardNotFound from '../../../not-found.tsx';
import type { BuildDraft } from './build-draft.ts';
import { BuildForm, type BuildFormFacts } from './build-form.tsx';
import { buildDraftSchema } from './kept-draft.ts';

/** The form with its header, and in it what was typed here earlier and not sent. */
export function NewBuildForm(
  props: BuildFormFacts & {
    readonly start: BuildDraft;
    /** The earlier revision that `start` is, if it is one. */
    readonly fromRevision?: number;
    /** What is edited, and by whom. */
    readonly draftKey: string;
  },
) {
  const { start, fromRevision, draftKey, ...facts } = props;
  const { kept, keep, forget } = useDraft({ key: draftKey, schema: buildDraftSchema });
  const [isDiscarded, setDiscarded] = useState(false);
  const [wasThere] = useState(facts.now?.newest !== null);
  const restored = isDiscarded ? null : kept;
  // An image that is deleted while it is edited stays on the form; one that was never there has no form.
  if (!wasThere && restored === null) return <DashboardNotFound />;
  const shown = restored?.draft ?? start;
  return (
    <>
      <PageHeader crumbs={crumbsOf(shown)} title={titleOf(shown, fromRevision)} />
      <BuildForm
        key={restored?.keptAt}
        {...facts}
        start={shown}
        keptAt={restored?.keptAt ?? null}
        keeper={{ keep, forget }}
        onDiscardDraft={() => {
          forget();
          setDiscarded(true);
        }}
      />
    </>
  );
}

function titleOf({ imageName, basedOn }: BuildDraft, fromRevision: number | undefined): string {
  if (imageName === null) return 'New build';
  if (basedOn === null) return 'New image';
  return fromRevision === undefined ? 'Edit' : `Edit from r${fromRevision}`;
}

function crumbsOf({ imageName, basedOn }: BuildDraft) {
  if (imageName === null) return [{ label: 'Builds', href: '/' }];
  const images = { label: 'Images', href: '/images' };
  if (basedOn === null) return [images];
  return [images, { label: imageName, href: `/images/${encodeURIComponent(imageName)}` }];
}
