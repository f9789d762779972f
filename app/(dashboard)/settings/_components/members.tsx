'use client';

import { useState, useTransition } from 'react';
import { ConfirmDialog } from '#app/_components/alert-dialog.tsx';
import { askForReport } from '#app/_components/ask-action.ts';
import { Avatar } from '#app/_components/avatar.tsx';
import { Button } from '#app/_components/button.tsx';
import { FailureNote } from '#app/_components/failure-note.tsx';
import { Time } from '#app/_components/time.tsx';
import { useToast } from '#app/_components/toast.tsx';
import type { ErrorReport } from '#lib/errors/report.ts';
import type { MemberRow } from '#lib/teams/types.ts';
import { remove } from '../actions.ts';

export interface MembersProps {
  readonly members: readonly MemberRow[];
  readonly viewerId: string;
  readonly canManage: boolean;
}

export function Members(props: MembersProps) {
  const toast = useToast();
  const [leaving, setLeaving] = useState<MemberRow | null>(null);
  const [failure, setFailure] = useState<ErrorReport | null>(null);
  const [isPending, startTransition] = useTransition();

  function confirm(member: MemberRow) {
    startTransition(async () => {
      const problem = await askForReport(`${member.name} was not removed`, () => remove(member.userId));
      setFailure(problem);
      setLeaving(null);
      if (problem === null) toast({ text: `${member.name} removed` });
    });
  }

  return (
    <>
      <FailureNote failure={failure} />
      <table aria-label="Members" className="w-full border-collapse">
        <thead>
          <tr className="border-b border-line text-left text-small text-ink-3">
            <th scope="col" className="h-8 pr-2 font-regular">
              Person
            </th>
            <th scope="col" className="px-2 font-regular">
              Role
            </th>
            <th scope="col" className="px-2 font-regular max-md:hidden">
              Since
            </th>
            <th scope="col" className="w-24 pl-2">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.members.map((member) => (
            <tr key={member.userId} className="h-[52px] border-b border-line hover:wash">
              <td className="max-w-0 pr-2 w-full">
                <span className="flex items-center gap-2.5">
                  <Avatar name={member.name} size="large" />
                  <span className="grid min-w-0">
                    <span className="cut font-medium">
                      {member.name}
                      {member.userId === props.viewerId && (
                        <span className="font-regular text-ink-3"> (you)</span>
                      )}
                    </span>
                    <span className="cut text-small text-ink-3">{member.email}</span>
                  </span>
                </span>
              </td>
              <td className="px-2 whitespace-nowrap text-ink-2">
                {member.role === 'owner' ? 'Owner' : 'Member'}
              </td>
              <td className="px-2 whitespace-nowrap text-ink-3 tabular-nums max-md:hidden">
                <Time at={member.joinedAt} format="date" />
              </td>
              <td className="pl-2 text-right">
                {props.canManage && member.userId !== props.viewerId && (
                  <Button
                    size="sm"
                    variant="stop"
                    aria-label={`Remove ${member.name}`}
                    onClick={() => setLeaving(member)}
                  >
                    Remove
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ConfirmDialog
        isOpen={leaving !== null}
        onOpenChange={(isOpen) => !isOpen && setLeaving(null)}
        title={`Remove ${leaving?.name ?? ''}`}
        confirmLabel="Remove member"
        cancelLabel="Keep member"
        isBusy={isPending}
        busyLabel="Removing"
        onConfirm={() => leaving && confirm(leaving)}
      >
        Their sessions end at once and their account is deleted. The builds they started and the secrets they
        saved stay.
      </ConfirmDialog>
    </>
  );
}
