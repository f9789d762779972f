'use client';

import { useState, useTransition } from 'react';
import { useComplaint } from '#app/_components/use-complaint.ts';
import { isFinal } from '#lib/builds/state.ts';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';
import { askToCancel, askToStart } from '../../_components/ask-server.ts';

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
  const complain = useComplaint();
  const [isAsked, setAsked] = useState(options.isCancelRequested);
  const [isAsking, startCancel] = useTransition();
  const [isRerunning, startRerun] = useTransition();

  function cancel() {
    startCancel(async () => {
      const refusal = await askToCancel(head.number);
      if (refusal === null) setAsked(true);
      else if (refusal.report.code !== 'build_ended') complain(refusal.report);
    });
  }

  function rerun() {
    startRerun(async () => {
      const { reference, platform, secret, number } = head;
      const input = { reference, platform, secretName: secret?.name ?? null, rerunOf: number };
      complain((await askToStart(input)).report);
    });
  }

  return {
    cancel,
    isCancelling: (isAsking || isAsked) && !isFinal(view.state),
    rerun,
    isRerunning,
  };
}
