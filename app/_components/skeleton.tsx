import { classNames } from './class-names.ts';

/** The place of a text that is on its way. Stands still: nothing shimmers. */
export function Skeleton(props: { readonly className?: string | undefined }) {
  return (
    <span
      aria-hidden
      className={classNames('inline-block h-[9px] rounded-[2px] bg-idle-soft rake-9', props.className)}
    />
  );
}
