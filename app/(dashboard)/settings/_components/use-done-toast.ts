'use client';

import { useEffect, useRef } from 'react';
import type { FormState } from '#app/_components/form-state.ts';
import { useToast } from '#app/_components/toast.tsx';

/** Says so in a toast each time the form's action has worked. */
export function useDoneToast(state: FormState, text: string): void {
  const toast = useToast();
  const said = useRef(state.doneCount);
  useEffect(() => {
    if (state.doneCount === said.current) return;
    said.current = state.doneCount;
    toast({ text });
  }, [state.doneCount, text, toast]);
}
