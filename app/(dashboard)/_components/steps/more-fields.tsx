'use client';

import { type ReactNode, useState } from 'react';

/** Fields that most steps leave alone, under one line. They are open where they say something, and close by hand only. */
export function MoreFields(props: {
  readonly label: string;
  readonly isFilled: boolean;
  readonly children: ReactNode;
}) {
  const [isOpen, setOpen] = useState(props.isFilled);
  return (
    <details open={isOpen || props.isFilled} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="w-max cursor-pointer text-small text-ink-2 hover:underline touch:min-h-touch">
        {props.label}
      </summary>
      <div className="mt-2">{props.children}</div>
    </details>
  );
}
