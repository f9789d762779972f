import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { Button } from '#app/_components/button.tsx';
import { Time } from '#app/_components/time.tsx';
import { isSetUp } from '#lib/auth/data.ts';
import { currentSession } from '#lib/auth/session.ts';
import { findInvitation } from '#lib/teams/data.ts';
import { InvitationGoneError } from '#lib/teams/errors.ts';
import { Gate } from '../../_components/gate.tsx';
import { JoinForm } from './_components/join-form.tsx';

export const metadata: Metadata = { title: 'Join' };

export default async function JoinPage({ params }: { readonly params: Promise<{ readonly token: string }> }) {
  const { token } = await params;
  if (!(await isSetUp())) redirect('/set-up');
  const session = await currentSession();
  if (session !== null) {
    return (
      <Gate
        title="You are in already"
        text={`You are signed in as ${session.scope.userName}, in ${session.workspaceName}. The link is for somebody else and was not used up.`}
      >
        <Button href="/" variant="primary" size="lg" isFullWidth>
          Go to builds
        </Button>
      </Gate>
    );
  }
  const invitation = await findInvitation({ token }).catch((error: unknown) => {
    if (error instanceof InvitationGoneError) return error;
    throw error;
  });
  if (invitation instanceof InvitationGoneError) {
    const { what, why, next } = invitation.advice;
    return (
      <Gate title="This link has ended" text={`${what}. ${why} ${next}`}>
        <Button href="/sign-in" size="lg" isFullWidth>
          Go to sign in
        </Button>
      </Gate>
    );
  }
  return (
    <Gate
      title={`Join ${invitation.workspaceName}`}
      text={`${invitation.createdByName} invites you to this workspace. Its members share secrets and builds.`}
      foot={
        <span>
          The link works once, until <Time at={invitation.expiresAt} format="date" />.
        </span>
      }
    >
      <JoinForm token={token} />
    </Gate>
  );
}
