'use client';

import { useState, useTransition } from 'react';
import { useToast } from '#app/_components/toast.tsx';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';
import { cancelBuildAction, startBuildAction } from '../../actions.ts';

export interface BuildActs {
  readonly cancel: () => void;
  /** From the press of the button until the build has ended. */
  readonly isCancelling: boolean;
  readonly rerun: () => void;
  readonly isRerunning: boolean;
}

/** What one can do to a build. What is refused is said where it was asked. */
export function useBuildActs(head: BuildHead, view: BuildView): BuildActs {
  const toast = useToast();
  const [isAsked, setAsked] = useState(false);
  const [isRerunning, startRerun] = useTransition();

  async function cancel() {
    setAsked(true);
    const refusal = await cancelBuildAction(head.number).catch(() => unreachable);
    if (refusal === null) return;
    setAsked(false);
    if (refusal.report.code === 'build_ended') return;
    toast({ tone: 'bad', text: `${refusal.report.what}. ${refusal.report.next}` });
  }

  function rerun() {
    startRerun(async () => {
      const { reference, platform, secret, number } = head;
      const input = { reference, platform, secretName: secret?.name ?? null, rerunOf: number };
      const refusal = await startBuildAction(input);
      toast({ tone: 'bad', text: `${refusal.report.what}. ${refusal.report.next}` });
    });
  }

  return {
    cancel: () => void cancel(),
    isCancelling: isAsked && !isFinal(view.state),
    rerun,
    isRerunning,
  };
}

const unreachable = {
  report: {
    code: 'unreachable',
    what: 'The build was not cancelled: the server did not answer',
    next: 'Try again when the connection is back.',
  },
};
