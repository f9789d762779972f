'use client';

import { useEffect, useState } from 'react';

/** How many lines came since the reader let go of the log's end. */
export function useNewLines(options: { readonly logLines: number; readonly isCounting: boolean }): number {
  const { logLines, isCounting } = options;
  const [seen, setSeen] = useState(logLines);
  useEffect(() => {
    if (!isCounting) setSeen(logLines);
  }, [isCounting, logLines]);
  return isCounting ? Math.max(0, logLines - seen) : 0;
}
