'use client';

import { SunMoon } from 'lucide-react';
import { IconButton } from './icon-button.tsx';
import { useThemeSwitch } from './use-theme-switch.ts';

export function ThemeSwitch(props: { readonly size?: 'sm' | 'md' | undefined }) {
  const switchTheme = useThemeSwitch();
  return <IconButton label="Switch theme" icon={<SunMoon />} size={props.size} onClick={switchTheme} />;
}
