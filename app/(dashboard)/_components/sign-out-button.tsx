'use client';

import { LogOut } from 'lucide-react';
import { IconButton } from '#app/_components/icon-button.tsx';
import { signOut } from '../actions.ts';

export function SignOutButton() {
  return (
    <form action={signOut}>
      <IconButton type="submit" label="Sign out" icon={<LogOut />} size="sm" />
    </form>
  );
}
