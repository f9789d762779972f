'use client';

import { Button } from '#app/_components/button.tsx';
import { signOut } from '../../actions.ts';

/** For small screens, which have no account row. */
export function SignOutHere() {
  return (
    <form action={signOut} className="hidden max-md:block">
      <Button type="submit">Sign out</Button>
    </form>
  );
}
