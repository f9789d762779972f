import type { FocusEventHandler, FormEventHandler, ReactNode, Ref } from 'react';
import { classNames } from '#app/_components/class-names.ts';

export interface SplitFormProps {
  readonly ref?: Ref<HTMLFormElement> | undefined;
  readonly onSubmit: FormEventHandler<HTMLFormElement>;
  readonly onBlur?: FocusEventHandler<HTMLFormElement> | undefined;
  /** The fields. */
  readonly children: ReactNode;
  /** What they lead to: beside the fields, on narrower screens below them. */
  readonly guide: ReactNode;
  /** One line in the dock, where there is room. */
  readonly note: ReactNode;
  /** What to know before pressing the button. It takes the note's place, and has room on any screen. */
  readonly caution?: ReactNode;
  /** The buttons in the dock. */
  readonly actions: ReactNode;
}

/** A form that fills its page: two panes, and a dock that stays at the foot. */
export function SplitForm(props: SplitFormProps) {
  const { caution } = props;
  const hasCaution = caution !== undefined;
  return (
    <form
      ref={props.ref}
      noValidate
      onSubmit={props.onSubmit}
      onBlur={props.onBlur}
      className="flex flex-1 flex-col"
    >
      <div className="grid flex-1 grid-cols-[minmax(0,60fr)_minmax(380px,40fr)] border-t border-line max-lg:grid-cols-1 min-[1700px]:grid-cols-[minmax(0,880px)_minmax(380px,1fr)]">
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-7 pt-6 pr-8 pb-8 pl-6 max-md:px-4 max-md:pt-4 max-md:pb-6">
          {props.children}
        </div>
        {props.guide}
      </div>
      <div className="sticky bottom-0 z-10 flex items-center gap-2.5 rounded-b-lg border-t border-line bg-surface py-3 pr-4 pl-6 max-md:bottom-[60px] max-md:flex-wrap max-md:rounded-none max-md:px-4 max-md:py-2.5 max-md:*:flex-1">
        <p
          className={classNames(
            'flex-1',
            hasCaution ? 'min-w-0 max-md:flex-[1_0_100%]!' : 'cut text-ink-3 max-md:hidden',
          )}
        >
          {hasCaution ? caution : props.note}
        </p>
        {props.actions}
      </div>
    </form>
  );
}
