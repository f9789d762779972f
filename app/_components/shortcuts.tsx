'use client';

import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef } from 'react';
import { useStored } from './use-stored.ts';

type Handler = (event: KeyboardEvent) => void;

interface Shortcut {
  readonly handler: Handler;
  readonly isEverywhere: boolean;
}

interface Registry {
  readonly add: (key: string, shortcut: Shortcut) => () => void;
  readonly areLettersOn: boolean;
  readonly setLettersOn: (areOn: boolean) => void;
}

const ShortcutsContext = createContext<Registry | null>(null);

/**
 * Runs `handler` on a key: `n`, `?`, a sequence such as `g b`, or with the platform's modifier `mod+k` (⌘ or Ctrl).
 * Keys without the modifier do nothing while a form, a field, a menu or a dialog has the focus, and can be turned off. Those with
 * it work in forms, and in menus and dialogs only where they do `isEverywhere`: what is below is not to change meanwhile.
 * Of two handlers for one key the one that came last wins.
 */
export function useShortcut(
  key: string,
  handler: Handler,
  options: { readonly isEnabled?: boolean; readonly isEverywhere?: boolean } = {},
): void {
  const registry = useContext(ShortcutsContext);
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  const { isEnabled = true, isEverywhere = false } = options;
  const add = registry?.add;
  useEffect(() => {
    if (!isEnabled || add === undefined) return;
    return add(key, { handler: (event) => latest.current(event), isEverywhere });
  }, [add, key, isEnabled, isEverywhere]);
}

/** Whether single-letter shortcuts are on in this browser, and the way to change it. */
export function useShortcutSetting(): Pick<Registry, 'areLettersOn' | 'setLettersOn'> {
  const registry = useContext(ShortcutsContext);
  return { areLettersOn: registry?.areLettersOn ?? true, setLettersOn: registry?.setLettersOn ?? (() => {}) };
}

export function ShortcutsProvider(props: { readonly children: ReactNode }) {
  const shortcuts = useRef(new Map<string, Shortcut[]>());
  const [stored, setStored] = useStored('slipway.shortcuts');
  const areLettersOn = stored !== 'off';
  const setLettersOn = useCallback((areOn: boolean) => setStored(areOn ? null : 'off'), [setStored]);

  const add = useCallback((key: string, shortcut: Shortcut) => {
    const list = shortcuts.current.get(key) ?? [];
    shortcuts.current.set(key, [...list, shortcut]);
    return () => {
      const rest = (shortcuts.current.get(key) ?? []).filter((each) => each !== shortcut);
      if (rest.length > 0) shortcuts.current.set(key, rest);
      else shortcuts.current.delete(key);
    };
  }, []);

  useEffect(() => {
    let first: { readonly key: string; readonly atMs: number } | null = null;
    function run(key: string, event: KeyboardEvent): boolean {
      const shortcut = shortcuts.current.get(key)?.at(-1);
      if (shortcut === undefined || (isAbove(event.target) && !shortcut.isEverywhere)) return false;
      event.preventDefault();
      shortcut.handler(event);
      return true;
    }
    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented || event.isComposing) return;
      const key = event.key.toLowerCase();
      if (event.metaKey || event.ctrlKey) {
        if (!event.altKey) run(`mod+${key}`, event);
        return;
      }
      if (event.altKey || !areLettersOn || isTaken(event.target)) return;
      const before = first !== null && event.timeStamp - first.atMs < sequenceMs ? first.key : null;
      first = null;
      if (before !== null && run(`${before} ${key}`, event)) return;
      if (run(key, event)) return;
      first = { key, atMs: event.timeStamp };
    }
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [areLettersOn]);

  return <ShortcutsContext value={{ add, areLettersOn, setLettersOn }}>{props.children}</ShortcutsContext>;
}

/** The longest wait between the two keys of a sequence. */
const sequenceMs = 1000;

/** Whether what has the focus lies over the page. */
function isAbove(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest(above) !== null;
}

/** Letters belong to what has the focus when one types, chooses or answers there, and to a form: who types there means a field. */
function isTaken(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const owner = `form, input:not([type=radio],[type=checkbox]), textarea, select, [role=combobox], ${above}`;
  return target.isContentEditable || target.closest(owner) !== null;
}

const above = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox]';
