import type { ReactNode } from 'react';

export interface GateProps {
  readonly title: string;
  readonly text: string;
  /** Above the title. */
  readonly lead?: ReactNode;
  readonly children: ReactNode;
  /** At the foot of the panel. */
  readonly foot?: ReactNode;
}

/** The frame of a form outside the dashboard. */
export function Gate(props: GateProps) {
  return (
    <>
      <div className="m-auto w-full max-w-[368px] py-6">
        {props.lead}
        <h1 className="text-display leading-[1.15] font-semibold tracking-[-0.032em]">{props.title}</h1>
        <p className="mt-2 mb-6 text-body text-ink-2">{props.text}</p>
        {props.children}
      </div>
      <div className="flex flex-wrap gap-x-3.5 gap-y-1 text-small text-ink-3">{props.foot}</div>
    </>
  );
}
