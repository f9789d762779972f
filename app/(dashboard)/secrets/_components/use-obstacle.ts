'use client';

import { useEffect, useState } from 'react';
import { type ErrorReport, reportError } from '#lib/errors/report.ts';
import { sealingObstacle } from '#lib/vault/seal.ts';

/** Why nothing can be sealed on this page, to be said before anybody types; null while nothing stands in the way. */
export function useObstacle(hasKey: boolean): ErrorReport | null {
  const [browser, setBrowser] = useState<ErrorReport | null>(null);
  useEffect(() => {
    let isShown = true;
    void sealingObstacle().then((found) => {
      if (isShown && found !== undefined) setBrowser(reportError(found));
    });
    return () => {
      isShown = false;
    };
  }, []);
  return browser ?? (hasKey ? null : noKey);
}

const noKey: ErrorReport = {
  code: 'no_sealing_key',
  kind: 'setup',
  isRetryable: true,
  what: 'The server has no key to seal with yet',
  why: 'A worker publishes it when it starts, and none has started on this database so far.',
  next: 'Start the worker, then reload this page.',
};
