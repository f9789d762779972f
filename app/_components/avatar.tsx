import { classNames } from './class-names.ts';

/** A person's initials. The name stands beside it, so it is hidden from screen readers. */
export function Avatar(props: { readonly name: string; readonly size?: 'base' | 'large' | undefined }) {
  return (
    <span
      aria-hidden
      className={classNames(
        'inline-grid flex-none place-items-center rounded-full bg-fill-active font-semibold tracking-none text-ink-2',
        props.size === 'large' ? 'size-6 text-[10px]' : 'size-5 text-[9px]',
      )}
    >
      {initialsOf(props.name)}
    </span>
  );
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0] ?? '';
  const last = words.length > 1 ? (words.at(-1) ?? '') : '';
  return ([...first].slice(0, last === '' ? 2 : 1).join('') + [...last].slice(0, 1).join('')).toUpperCase();
}
