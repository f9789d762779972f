import type { FocusEventHandler, FormEventHandler, ReactNode, Ref } from 'react';

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
  /** The buttons in the dock. */
  readonly actions: ReactNode;
}

/** A form that fills its page: two panes, and a dock that stays at the foot. */
export function SplitForm(props: SplitFormProps) {
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
      <div className="sticky bottom-0 z-10 flex items-center gap-2.5 rounded-b-lg border-t border-line bg-surface py-3 pr-4 pl-6 max-md:bottom-[60px] max-md:rounded-none max-md:px-4 max-md:py-2.5 max-md:*:flex-1">
        <p className="cut flex-1 text-ink-3 max-md:hidden">{props.note}</p>
        {props.actions}
      </div>
    </form>
  );
}
