'use client';

import { useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import { z } from 'zod';

/** What a form held when it was left. `keptAt` is ISO 8601. */
export interface KeptDraft<Draft> {
  readonly keptAt: string;
  readonly draft: Draft;
}

/**
 * What was typed into a form, kept in this tab until it is sent or discarded: it survives leaving the page, a reload and a
 * session that ended. Never for what is write-only.
 *
 * @param options.key names the form, what it is about, and whose it is
 * @param options.schema reads what an older version of the page may have kept; what does not fit is as if it were not there
 */
export function useDraft<Draft>(options: { readonly key: string; readonly schema: z.ZodType<Draft> }): {
  /** What was there when the form was opened; null on the server. */
  readonly kept: KeptDraft<Draft> | null;
  readonly keep: (draft: Draft) => void;
  readonly forget: () => void;
} {
  const { schema } = options;
  const name = `slipway.draft ${options.key}`;
  const [read] = useState(() => once(() => sessionStorage.getItem(name)));
  const text = useSyncExternalStore(followNothing, read, () => null);
  return {
    kept: useMemo(() => parseDraft(text, schema), [text, schema]),
    keep: useCallback((draft: Draft) => writeDraft(name, draft), [name]),
    forget: useCallback(() => sessionStorage.removeItem(name), [name]),
  };
}

/** Null for what is no draft of this form. */
export function parseDraft<Draft>(text: string | null, schema: z.ZodType<Draft>): KeptDraft<Draft> | null {
  if (text === null) return null;
  try {
    const parsed = z.object({ keptAt: z.iso.datetime(), draft: schema }).safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function writeDraft(name: string, draft: unknown): void {
  try {
    sessionStorage.setItem(name, JSON.stringify({ keptAt: new Date().toISOString(), draft }));
  } catch {
    // The tab's storage is full, or switched off: then nothing is kept, and what is typed goes on as ever.
  }
}

/** The form is what changes its draft, so there is nothing to follow. */
function followNothing(): () => void {
  return () => {};
}

function once<Value>(read: () => Value): () => Value {
  let found: { readonly value: Value } | undefined;
  return () => {
    found ??= { value: read() };
    return found.value;
  };
}
