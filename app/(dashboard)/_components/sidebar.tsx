import Link from 'next/link';
import { Avatar } from '#app/_components/avatar.tsx';
import { BrandMark } from '#app/_components/brand.tsx';
import { ThemeSwitch } from '#app/_components/theme-switch.tsx';
import type { BuildRow, EngineFacts } from '#lib/builds/types.ts';
import { EngineBlock } from './engine-block.tsx';
import { JumpButton } from './jump-button.tsx';
import { MainNav, type NavCounts } from './main-nav.tsx';
import { RunningNow } from './running-now.tsx';
import { ShortcutsButton } from './shortcuts-button.tsx';
import { SignOutButton } from './sign-out-button.tsx';

export interface SidebarProps {
  readonly workspaceName: string;
  readonly userName: string;
  readonly counts: NavCounts;
  readonly engine: EngineFacts;
  readonly running: readonly BuildRow[];
}

export function Sidebar(props: SidebarProps) {
  return (
    <aside
      aria-label="Sidebar"
      className="sticky top-0 flex h-dvh flex-col gap-0.5 overflow-y-auto pt-3.5 pr-2.5 pb-3 pl-3 max-md:hidden"
    >
      <div className="mb-2.5 flex h-8 flex-none items-center gap-2 px-1.5">
        <Link href="/" className="flex items-center gap-[9px] text-body font-semibold tracking-[-0.015em]">
          <BrandMark />
          Slipway
        </Link>
        <span title={props.workspaceName} className="ml-auto cut text-small text-ink-3">
          {props.workspaceName}
        </span>
      </div>
      <JumpButton />
      <MainNav counts={props.counts} />
      <RunningNow initial={props.running} />
      <div className="mt-auto grid gap-0.5 pt-4">
        <EngineBlock initial={props.engine} />
        <div className="flex items-center gap-0.5 py-1 pr-0.5 pl-1.5">
          <Avatar name={props.userName} size="large" />
          <span title={props.userName} className="mr-auto ml-1.5 cut">
            {props.userName}
          </span>
          <ThemeSwitch size="sm" />
          <ShortcutsButton />
          <SignOutButton />
        </div>
      </div>
    </aside>
  );
}
