import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { isSetUp } from '#lib/auth/data.ts';
import { currentSession } from '#lib/auth/session.ts';
import { ownPage } from '#lib/auth/sign-in-address.ts';
import { findOnlyWorkspaceName } from '#lib/teams/data.ts';
import packageFacts from '../../../package.json' with { type: 'json' };
import { Gate } from '../_components/gate.tsx';
import { SignInForm } from './_components/sign-in-form.tsx';

export const metadata: Metadata = { title: 'Sign in' };

/** `?next=` is the page to go on to. */
export default async function SignInPage(props: {
  readonly searchParams: Promise<{ readonly next?: string | string[] }>;
}) {
  const next = ownPage((await props.searchParams).next);
  if (!(await isSetUp())) redirect('/set-up');
  if ((await currentSession()) !== null) redirect(next);
  const workspace = await findOnlyWorkspaceName();
  return (
    <Gate
      title="Sign in"
      text={workspace === null ? 'Slipway, on your own server.' : `${workspace}, on your own server.`}
      foot={
        <>
          <span>Slipway {packageFacts.version}</span>
          <span>
            Lost access? Ask an owner, or run <code className="font-mono">slipway user reset-password</code>
          </span>
        </>
      }
    >
      <SignInForm next={next} />
    </Gate>
  );
}
