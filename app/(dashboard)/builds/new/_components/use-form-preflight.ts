'use client';

import { useEffect } from 'react';
import type { ReadReference } from '../../../_components/read-reference.ts';
import { type PreflightRun, usePreflight } from '../../../_components/use-preflight.ts';

/** The checks of what the form holds. They follow it by themselves. */
export interface FormPreflight {
  readonly run: PreflightRun;
  /** The form holds something that can be checked. */
  readonly isReady: boolean;
  readonly again: () => void;
}

/**
 * Checks what the form holds when nobody has typed for a moment. Each change ends the checks of what it held before; they are
 * shown until there is something newer.
 */
export function useFormPreflight(options: {
  readonly read: ReadReference;
  readonly platform: string;
  readonly secretName: string | null;
  /** The secret cannot be sent there: there is nothing to try. */
  readonly isHeldBack: boolean;
}): FormPreflight {
  const { read, platform, secretName } = options;
  const { run, start, stop, clear } = usePreflight('Preflight');
  const isEmpty = read.state === 'empty';
  const reference = read.state === 'read' && !options.isHeldBack ? read.whole : null;

  useEffect(() => {
    if (reference !== null) start({ reference, platform, secretName, isAsked: false }, { delayMs: pauseMs });
    else if (isEmpty) clear();
    else stop();
  }, [reference, platform, secretName, isEmpty, start, stop, clear]);

  return {
    run,
    isReady: reference !== null,
    again: () => start({ reference, platform, secretName, isAsked: true }),
  };
}

/** A pause in typing, not one between two keys. */
const pauseMs = 600;
