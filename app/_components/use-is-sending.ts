'use client';

import { useFormStatus } from 'react-dom';

/**
 * Whether the action of the form around runs. Its end resets the form, so what would be typed meanwhile has no place to stay. Forms
 * that send by themselves are not reset.
 */
export function useIsSending(): boolean {
  const { pending, action } = useFormStatus();
  return pending && typeof action === 'function';
}
