'use client';

import { LogOut } from 'lucide-react';
import { IconButton } from '#app/_components/icon-button.tsx';
import { useSignOut } from './use-sign-out.ts';

export function SignOutButton() {
  const signOut = useSignOut();
  return (
    <form action={signOut}>
      <IconButton type="submit" label="Sign out" icon={<LogOut />} size="sm" />
    </form>
  );
}
