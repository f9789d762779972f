'use client';

import { useCallback } from 'react';
import type { ErrorReport } from '#lib/errors/report.ts';
import { useToast } from './toast.tsx';

/** Says in a toast, which stays, why an act came to nothing: for acts that have no place of their own for it. */
export function useComplaint(): (report: ErrorReport) => void {
  const toast = useToast();
  return useCallback(
    ({ what, why, next }) => toast({ tone: 'bad', text: `${what}. ${why} ${next}` }),
    [toast],
  );
}
