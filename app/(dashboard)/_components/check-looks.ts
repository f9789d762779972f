import {
  CircleCheck,
  CircleDashed,
  CircleMinus,
  CircleX,
  type LucideIcon,
  TriangleAlert,
} from 'lucide-react';
import type { PreflightCheck } from '#lib/preflight/schema.ts';

interface CheckLook {
  /** Null: a ring, of something under way. */
  readonly icon: LucideIcon | null;
  readonly ink: string;
  readonly ground: string | false;
  /** For who does not see the icon. */
  readonly word: string;
}

/** How a check of a preflight looks in each of its states. */
export const checkLooks: Readonly<Record<PreflightCheck['state'], CheckLook>> = {
  waiting: { icon: CircleDashed, ink: 'text-ink-3', ground: false, word: 'waiting' },
  running: { icon: null, ink: '', ground: false, word: 'running' },
  passed: { icon: CircleCheck, ink: 'text-ok-fg', ground: false, word: 'passed' },
  warned: { icon: TriangleAlert, ink: 'text-warn-fg', ground: 'bg-warn-soft', word: 'warning' },
  failed: { icon: CircleX, ink: 'text-bad-fg', ground: 'bg-bad-soft', word: 'failed' },
  skipped: { icon: CircleMinus, ink: 'text-idle-fg', ground: false, word: 'skipped' },
};
