import { ChevronRight, HardDrive } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { PageHeader } from '#app/_components/page-header.tsx';
import { requireSession } from '#lib/auth/session.ts';
import { listWorkers } from '#lib/builds/workers.ts';
import { listInvitations, listMembers } from '#lib/teams/data.ts';
import { Invitations } from './_components/invitations.tsx';
import { Members } from './_components/members.tsx';
import { NameForm } from './_components/name-form.tsx';
import { PasswordForm } from './_components/password-form.tsx';
import { SettingsSection } from './_components/settings-section.tsx';
import { ShortcutSetting } from './_components/shortcut-setting.tsx';
import { SignOutHere } from './_components/sign-out-here.tsx';
import { Workers } from './_components/workers.tsx';
import { WorkspaceForm } from './_components/workspace-form.tsx';

export const metadata: Metadata = { title: 'Settings' };

export default async function SettingsPage() {
  const session = await requireSession();
  const { scope } = session;
  const isOwner = scope.role === 'owner';
  const [members, workers, invitations] = await Promise.all([
    listMembers({ scope }),
    listWorkers(),
    isOwner ? listInvitations({ scope }) : [],
  ]);
  return (
    <>
      <PageHeader title="Settings" />
      <div className="max-w-[880px] px-6 pb-12 max-md:px-4">
        <div className="-mx-2 mb-2 hidden max-md:block">
          <PageLink href="/storage" icon={<HardDrive className="text-ink-3" aria-hidden />} label="Storage" />
        </div>
        <SettingsSection title="Account" text={`You sign in with ${session.email}.`}>
          <NameForm name={scope.userName} />
          <SignOutHere />
        </SettingsSection>
        <SettingsSection title="Password" text="Changing it ends your sessions in every other browser.">
          <PasswordForm email={session.email} />
        </SettingsSection>
        <SettingsSection title="Keyboard" text="In this browser.">
          <ShortcutSetting />
        </SettingsSection>
        {isOwner && (
          <SettingsSection title="Workspace" text="The name that members and the sign-in page see.">
            <WorkspaceForm name={session.workspaceName} />
          </SettingsSection>
        )}
        <SettingsSection
          title="Members"
          text={
            isOwner
              ? 'Members do everything but manage members. A removed member is out at once; builds and secrets stay.'
              : 'Owners invite and remove people.'
          }
        >
          <Members members={members} viewerId={scope.userId ?? ''} canManage={isOwner} />
        </SettingsSection>
        <SettingsSection
          title="Workers"
          text="What runs the builds, and with which engine their steps. Pulls need none."
        >
          <Workers workers={workers} />
        </SettingsSection>
        {isOwner && (
          <SettingsSection
            title="Invitations"
            text="A link lets one person in, once, for seven days. Send it in a way that only they can read."
          >
            <Invitations invitations={invitations} />
          </SettingsSection>
        )}
      </div>
    </>
  );
}

/** A page that small screens reach from here: their bar has room for four. */
function PageLink(props: { readonly href: string; readonly icon: ReactNode; readonly label: string }) {
  return (
    <Link
      href={props.href}
      className="flex h-touch items-center gap-2.5 rounded-md px-2 font-medium hover:bg-fill-hover"
    >
      {props.icon}
      {props.label}
      <ChevronRight className="ml-auto size-3.5 text-ink-3" aria-hidden />
    </Link>
  );
}
