'use client';

import { useCallback } from 'react';
import { askForReport } from '#app/_components/ask-action.ts';
import { useComplaint } from '#app/_components/use-complaint.ts';
import { signOut } from '../actions.ts';

/** Ends this browser's session and goes to the sign-in, or says that it could not. */
export function useSignOut(): () => Promise<void> {
  const complain = useComplaint();
  return useCallback(async () => {
    const refused = await askForReport('You are still signed in', async () => {
      await signOut();
      return null;
    });
    if (refused !== null) complain(refused);
  }, [complain]);
}
