'use client';

import {
  CircleQuestionMark,
  GitCompareArrows,
  HardDrive,
  KeyRound,
  Layers,
  LogOut,
  Package,
  Plus,
  Settings2,
  SunMoon,
} from 'lucide-react';
import { usePathname, useRouter } from 'next/navigation';
import { useEffect, useState, useTransition } from 'react';
import { type Command, CommandPalette } from '#app/_components/command-palette.tsx';
import { ImageReference } from '#app/_components/image-reference.tsx';
import { RegistryIcon } from '#app/_components/registry-icon.tsx';
import { useThemeSwitch } from '#app/_components/use-theme-switch.ts';
import type { Found } from '../../api/search/route.ts';
import { RegistryMark } from './registry-mark.tsx';
import { useSignOut } from './use-sign-out.ts';

/** Builds, images, secrets and what one can do, under one field. Mounted while it is open. */
export function Palette(props: { readonly onClose: () => void; readonly onShowShortcuts: () => void }) {
  const router = useRouter();
  const switchTheme = useThemeSwitch();
  const signOut = useSignOut();
  const [, startTransition] = useTransition();
  const build = /^\/builds\/(\d+)$/.exec(usePathname())?.[1];
  const [query, setQuery] = useState('');
  const { found, isLoading } = useFound(query.trim());

  const actions: readonly Command[] = [
    {
      id: 'new-build',
      label: 'New build',
      icon: <Plus />,
      keys: ['N'],
      run: () => router.push('/builds/new'),
    },
    {
      id: 'compare',
      label: build === undefined ? 'Compare builds' : `Compare build #${build} with the one before`,
      icon: <GitCompareArrows />,
      run: () => router.push(build === undefined ? '/builds/compare' : `/builds/compare?b=${build}`),
    },
    { id: 'new-secret', label: 'New secret', icon: <Plus />, run: () => router.push('/secrets/new') },
    { id: 'builds', label: 'Go to builds', icon: <Layers />, keys: ['G', 'B'], run: () => router.push('/') },
    {
      id: 'images',
      label: 'Go to images',
      icon: <Package />,
      keys: ['G', 'I'],
      run: () => router.push('/images'),
    },
    {
      id: 'secrets',
      label: 'Go to secrets',
      icon: <KeyRound />,
      keys: ['G', 'S'],
      run: () => router.push('/secrets'),
    },
    {
      id: 'storage',
      label: 'Go to storage',
      icon: <HardDrive />,
      keys: ['G', 'O'],
      run: () => router.push('/storage'),
    },
    {
      id: 'settings',
      label: 'Go to settings',
      icon: <Settings2 />,
      keys: ['G', 'T'],
      run: () => router.push('/settings'),
    },
    { id: 'theme', label: 'Switch theme', icon: <SunMoon />, run: switchTheme },
    {
      id: 'shortcuts',
      label: 'Keyboard shortcuts',
      icon: <CircleQuestionMark />,
      keys: ['?'],
      run: props.onShowShortcuts,
    },
    { id: 'sign-out', label: 'Sign out', icon: <LogOut />, run: () => startTransition(signOut) },
  ];

  // What the server finds comes below what is there at once: nothing moves away from under the pointer or Enter.
  const groups = [
    { title: 'Do', commands: actions.filter(({ label }) => fits(label, query)) },
    {
      title: 'Builds',
      commands: found.builds.map((build) => ({
        id: `build-${build.number}`,
        label: build.reference,
        face: <ImageReference reference={build.reference} />,
        icon: <RegistryMark reference={build.reference} />,
        detail: `#${build.number}, ${build.state}`,
        run: () => router.push(`/builds/${build.number}`),
      })),
    },
    {
      title: 'Images',
      commands: found.images.map(({ name }) => ({
        id: `image-${name}`,
        label: name,
        icon: <Package />,
        run: () => router.push(`/images/${encodeURIComponent(name)}`),
      })),
    },
    {
      title: 'Secrets',
      commands: found.secrets.map((secret) => ({
        id: `secret-${secret.name}`,
        label: secret.name,
        icon: <RegistryIcon registry={secret.type} />,
        run: () => router.push(`/secrets/${encodeURIComponent(secret.name)}`),
      })),
    },
  ];

  return (
    <CommandPalette
      isOpen
      onOpenChange={(isOpen) => !isOpen && props.onClose()}
      groups={groups}
      query={query}
      onQueryChange={setQuery}
      isLoading={isLoading}
    />
  );
}

/**
 * Asks the server a moment after the last key; answers to older questions are dropped. Until the new answer
 * is there, the old one shows only what also fits what is typed now, so that Enter never runs anything else.
 */
function useFound(query: string): { readonly found: Found; readonly isLoading: boolean } {
  const [answer, setAnswer] = useState<{ readonly query: string | null; readonly found: Found }>({
    query: null,
    found: { builds: [], images: [], secrets: [] },
  });
  useEffect(() => {
    const leave = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const response = await fetch(`/api/search?q=${encodeURIComponent(query)}`, { signal: leave.signal });
        if (response.ok) setAnswer({ query, found: await response.json() });
      } catch {
        // Another key was pressed, or the server is away: the actions still work.
      }
    }, typingPauseMs);
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [query]);
  const isLoading = answer.query !== query;
  return { found: isLoading ? narrowed(answer.found, query) : answer.found, isLoading };
}

const typingPauseMs = 120;

function narrowed(found: Found, query: string): Found {
  return {
    builds: found.builds.filter(({ reference }) => fits(reference, query)),
    images: found.images.filter(({ name }) => fits(name, query)),
    secrets: found.secrets.filter(({ name }) => fits(name, query)),
  };
}

function fits(label: string, query: string): boolean {
  const text = label.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
