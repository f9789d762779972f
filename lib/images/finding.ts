/** What was found of one requirement. Without full stop in `detail`; `remedy` is one or two sentences. */
export interface Finding {
  readonly state: 'passed' | 'warned' | 'skipped';
  readonly detail: string;
  readonly remedy?: string;
  /** Whether only running it would tell, and the best is believed. */
  readonly isAssumed?: boolean;
}

export function passed(detail: string): Finding {
  return { state: 'passed', detail };
}

export function assumed(detail: string): Finding {
  return { state: 'passed', detail, isAssumed: true };
}

export function warned(detail: string, remedy: string): Finding {
  return { state: 'warned', detail, remedy };
}

export function skipped(detail: string): Finding {
  return { state: 'skipped', detail };
}
