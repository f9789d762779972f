import { classNames } from './class-names.ts';

/** A keycap. Hidden from screen readers: the control it stands in names its shortcut by `aria-keyshortcuts`. */
export function KeyCap(props: { readonly children: string; readonly isOnInk?: boolean | undefined }) {
  return (
    <kbd
      aria-hidden
      className={classNames(
        'inline-grid h-[18px] min-w-[18px] place-items-center rounded-xs px-1 font-sans text-micro leading-none max-md:hidden',
        props.isOnInk ? 'bg-ink-on/14 text-ink-on/78' : 'bg-fill-hover text-ink-3 inset-ring inset-ring-line',
      )}
    >
      {props.children}
    </kbd>
  );
}
