import Link from 'next/link';
import { BrandMark } from '#app/_components/brand.tsx';
import { ThemeSwitch } from '#app/_components/theme-switch.tsx';
import { JumpIconButton } from './jump-button.tsx';

/** The head of small screens. */
export function TopBar() {
  return (
    <header className="sticky top-0 z-10 hidden h-[52px] flex-none items-center gap-1 border-b border-line bg-canvas pr-1 pl-4 max-md:flex">
      <Link
        href="/"
        className="mr-auto flex h-touch items-center gap-[9px] text-body font-semibold tracking-[-0.015em]"
      >
        <BrandMark />
        Slipway
      </Link>
      <ThemeSwitch />
      <JumpIconButton />
    </header>
  );
}
