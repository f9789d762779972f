'use client';

import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

const AnnounceContext = createContext<(text: string) => void>(() => {});

/** The page's one polite live region, and the way to speak through it. */
export function LiveRegionProvider(props: { readonly children: ReactNode }) {
  const [message, setMessage] = useState({ text: '', turn: 0 });
  const announce = useCallback((text: string) => {
    setMessage((last) => ({ text, turn: last.turn + 1 }));
  }, []);
  return (
    <AnnounceContext value={announce}>
      {props.children}
      <div aria-live="polite" className="sr-only">
        {/* A new element each time, so that the same sentence twice is spoken twice. */}
        <span key={message.turn}>{message.text}</span>
      </div>
    </AnnounceContext>
  );
}

/** Says a sentence to screen readers when they next fall silent. */
export function useAnnounce(): (text: string) => void {
  return useContext(AnnounceContext);
}
