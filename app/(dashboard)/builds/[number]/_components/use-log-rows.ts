'use client';

import { useCallback, useMemo, useState } from 'react';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildView } from '#lib/builds/types.ts';
import { LogRows, type LogSection, openByItself, sectionsOf } from './log-rows.ts';

/** The rows on the screen: sections open by themselves, but for those that the reader folded or unfolded. */
export function useLogRows(view: BuildView) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const sections = useMemo(() => sectionsOf(view), [view]);
  const rows = useMemo(() => {
    const open = openByItself(sections, { isOver: isFinal(view.state), lineCount: view.logLines });
    return new LogRows(sections, ({ key }) => chosen.get(key) ?? open.has(key));
  }, [sections, chosen, view.state, view.logLines]);
  const choose = useCallback((section: LogSection, isOpen: boolean) => {
    setChosen((before) => new Map(before).set(section.key, isOpen));
  }, []);
  const toggle = useCallback((section: LogSection) => choose(section, !rows.isOpen(section)), [choose, rows]);
  const unfold = useCallback((section: LogSection) => choose(section, true), [choose]);
  return { sections, rows, toggle, unfold };
}
