import type { ReactNode } from 'react';
import { LiveRegionProvider } from '#app/_components/live-region.tsx';
import { ShortcutsProvider } from '#app/_components/shortcuts.tsx';
import { requireSession } from '#lib/auth/session.ts';
import { countBuilds, runningBuilds } from '#lib/builds/data.ts';
import { readEngine } from '#lib/builds/workers.ts';
import { countImages } from '#lib/images/data.ts';
import { countSecrets } from '#lib/secrets/data.ts';
import { CommandsProvider } from './_components/commands.tsx';
import { Sidebar } from './_components/sidebar.tsx';
import { TabBar } from './_components/tab-bar.tsx';
import { TopBar } from './_components/top-bar.tsx';

/** The frame around every page of the dashboard. */
export default async function DashboardLayout({ children }: { readonly children: ReactNode }) {
  const session = await requireSession();
  const { scope } = session;
  const [builds, secrets, images, engine, running] = await Promise.all([
    countBuilds({ scope }),
    countSecrets({ scope }),
    countImages({ scope }),
    readEngine(),
    runningBuilds({ scope }),
  ]);
  return (
    <ShortcutsProvider>
      <LiveRegionProvider>
        <CommandsProvider>
          <a href="#main" className={skipClass}>
            Skip to content
          </a>
          <div className="grid min-h-dvh grid-cols-[var(--w-sidebar)_minmax(0,1fr)] max-md:flex max-md:flex-col max-md:pb-16">
            <TopBar />
            <Sidebar
              workspaceName={session.workspaceName}
              userName={scope.userName}
              counts={{ builds: builds.all, secrets, images }}
              engine={engine}
              running={running}
            />
            <main
              id="main"
              tabIndex={-1}
              className="my-2 mr-2 flex min-w-0 flex-1 flex-col rounded-lg bg-surface shadow-panel outline-none max-md:m-0 max-md:rounded-none max-md:shadow-none"
            >
              {children}
            </main>
            <TabBar />
          </div>
        </CommandsProvider>
      </LiveRegionProvider>
    </ShortcutsProvider>
  );
}

const skipClass =
  'not-focus:sr-only absolute top-2 left-2 z-50 inline-flex h-control items-center rounded-md bg-surface-raised px-3 font-medium shadow-pop touch:min-h-touch';
