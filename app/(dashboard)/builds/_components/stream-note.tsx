import { classNames } from '#app/_components/class-names.ts';

/** A word about the live connection beside a dot in its colour. */
export function StreamNote(props: { readonly tone: 'tide' | 'ok' | 'warn'; readonly text: string }) {
  return (
    <span className="inline-flex items-center gap-[7px] text-small whitespace-nowrap text-ink-3">
      <span aria-hidden className={classNames('size-[7px] flex-none rounded-full', tones[props.tone])} />
      {props.text}
    </span>
  );
}

const tones = { tide: 'bg-tide-solid', ok: 'bg-ok-solid', warn: 'bg-warn-solid' };
