'use client';

import { Button } from '#app/_components/button.tsx';
import { useSignOut } from '../../_components/use-sign-out.ts';

/** For small screens, which have no account row. */
export function SignOutHere() {
  const signOut = useSignOut();
  return (
    <form action={signOut} className="hidden max-md:block">
      <Button type="submit">Sign out</Button>
    </form>
  );
}
