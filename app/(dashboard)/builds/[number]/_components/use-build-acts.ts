'use client';

import { useState, useTransition } from 'react';
import { useToast } from '#app/_components/toast.tsx';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';
import { askToCancel, askToStart } from '../../_components/ask-server.ts';
import type { Refusal } from '../../refusal.ts';

export interface BuildActs {
  readonly cancel: () => void;
  /** From the request, whoever made it, until the build has ended. */
  readonly isCancelling: boolean;
  readonly rerun: () => void;
  readonly isRerunning: boolean;
}

/** What one can do to a build. What is refused is said where it was asked. */
export function useBuildActs(options: {
  readonly head: BuildHead;
  readonly view: BuildView;
  /** Whether somebody had asked for it to stop when the page was made. */
  readonly isCancelRequested: boolean;
}): BuildActs {
  const { head, view } = options;
  const toast = useToast();
  const [isAsked, setAsked] = useState(options.isCancelRequested);
  const [isRerunning, startRerun] = useTransition();

  function complain({ report }: Refusal) {
    toast({ tone: 'bad', text: `${report.what}. ${report.why} ${report.next}` });
  }

  async function cancel() {
    setAsked(true);
    const refusal = await askToCancel(head.number);
    if (refusal === null) return;
    setAsked(false);
    if (refusal.report.code === 'build_ended') return;
    complain(refusal);
  }

  function rerun() {
    startRerun(async () => {
      const { reference, platform, secret, number } = head;
      const input = { reference, platform, secretName: secret?.name ?? null, rerunOf: number };
      const refusal = await askToStart(input);
      complain(refusal);
    });
  }

  return {
    cancel: () => void cancel(),
    isCancelling: isAsked && !isFinal(view.state),
    rerun,
    isRerunning,
  };
}
