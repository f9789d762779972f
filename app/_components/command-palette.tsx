'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { classNames } from './class-names.ts';
import { backdropClass } from './dialog.tsx';
import { KeyCap } from './key-cap.tsx';

export interface Command {
  readonly id: string;
  readonly label: string;
  /** Drawn in the label's place; the label stays the accessible name. */
  readonly face?: ReactNode;
  readonly icon?: ReactNode;
  readonly detail?: string | undefined;
  /** Keys that do the same: `['G', 'S']`. */
  readonly keys?: readonly string[] | undefined;
  readonly run: () => void;
}

interface CommandGroup {
  readonly title: string;
  readonly commands: readonly Command[];
}

export interface CommandPaletteProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  /** Already filtered by what was typed. */
  readonly groups: readonly CommandGroup[];
  readonly query: string;
  readonly onQueryChange: (query: string) => void;
  readonly isLoading?: boolean | undefined;
}

/** A field over everything that one can go to or do. */
export function CommandPalette(props: CommandPaletteProps) {
  const id = useId();
  // Of the command that one went to. Without one that is shown, the first is active.
  const [chosenId, setChosenId] = useState<string | null>(null);
  const commands = props.groups.flatMap((group) => group.commands);
  const activeIndex = Math.max(
    0,
    commands.findIndex((command) => command.id === chosenId),
  );
  const active = commands[activeIndex];

  function run(command: Command) {
    props.onOpenChange(false);
    command.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && commands.length > 0) {
      event.preventDefault();
      const next = commands.at((activeIndex + step) % commands.length);
      if (next === undefined) return;
      setChosenId(next.id);
      document.getElementById(`${id}-${next.id}`)?.scrollIntoView({ block: 'nearest' });
    }
    if (event.key === 'Enter' && active !== undefined && !event.nativeEvent.isComposing) {
      event.preventDefault();
      run(active);
    }
  }

  return (
    <Base.Root open={props.isOpen} onOpenChange={props.onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={backdropClass} />
        <Base.Popup
          aria-label="Command palette"
          className="fixed top-[12vh] left-1/2 z-30 flex max-h-[70vh] w-[560px] max-w-[calc(100vw-32px)] -translate-x-1/2 flex-col overflow-hidden rounded-lg bg-surface-raised shadow-dialog outline-none"
        >
          <div className="flex h-12 flex-none items-center gap-2.5 border-b border-line px-3.5 text-body touch:text-lead">
            <Search className="text-ink-3" aria-hidden />
            <input
              role="combobox"
              aria-label="Search commands"
              aria-expanded
              aria-controls={`${id}-list`}
              aria-autocomplete="list"
              aria-activedescendant={active === undefined ? undefined : `${id}-${active.id}`}
              placeholder="Search builds, images, secrets"
              value={props.query}
              onChange={(event) => {
                setChosenId(null);
                props.onQueryChange(event.target.value);
              }}
              onKeyDown={onKeyDown}
              spellCheck={false}
              className="min-w-0 flex-1 self-stretch bg-transparent outline-none"
            />
          </div>
          <div
            id={`${id}-list`}
            role="listbox"
            aria-label="Commands"
            className="min-h-0 overflow-y-auto pb-1.5"
          >
            {props.groups.map(
              (group) =>
                group.commands.length > 0 && (
                  // biome-ignore lint/a11y/useSemanticElements: options are grouped by role inside a listbox.
                  <div key={group.title} role="group" aria-labelledby={`${id}-${group.title}`}>
                    <div id={`${id}-${group.title}`} className="px-3.5 pt-2.5 pb-1 text-small text-ink-3">
                      {group.title}
                    </div>
                    {group.commands.map((command) => (
                      <Option
                        key={command.id}
                        id={`${id}-${command.id}`}
                        command={command}
                        isActive={command === active}
                        onRun={() => run(command)}
                        onHover={() => setChosenId(command.id)}
                      />
                    ))}
                  </div>
                ),
            )}
          </div>
          {commands.length === 0 && (
            <p className="px-3.5 py-4 text-ink-3" role="status">
              {props.isLoading ? 'Searching' : `Nothing is named like "${props.query}"`}
            </p>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function Option(props: {
  readonly id: string;
  readonly command: Command;
  readonly isActive: boolean;
  readonly onRun: () => void;
  readonly onHover: () => void;
}) {
  const { command } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field that owns the list handles the keys.
    // biome-ignore lint/a11y/useFocusableInteractive: the active option is pointed at by aria-activedescendant.
    <div
      id={props.id}
      role="option"
      aria-selected={props.isActive}
      aria-label={command.detail === undefined ? command.label : `${command.label}, ${command.detail}`}
      onClick={props.onRun}
      onPointerMove={props.onHover}
      className={classNames(
        'mx-1.5 flex min-h-9 cursor-default items-center gap-2.5 rounded-md px-2 touch:min-h-touch [&>.lucide]:text-ink-3',
        props.isActive && 'bg-fill-active',
      )}
    >
      {command.icon}
      <span className="cut">{command.face ?? command.label}</span>
      <span className="ml-auto flex flex-none gap-[3px] text-small text-ink-3">
        {command.detail}
        {command.keys?.map((key) => (
          <KeyCap key={key}>{key}</KeyCap>
        ))}
      </span>
    </div>
  );
}
