'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { buttonClass } from './button.tsx';
import { classNames } from './class-names.ts';
import { useToast } from './toast.tsx';

export interface CopyButtonProps {
  /** The accessible name: "Copy index digest". */
  readonly label: string;
  readonly text: string;
  /** Show the label beside the icon. */
  readonly isLabelled?: boolean | undefined;
  readonly className?: string | undefined;
}

/** Copies a text. The icon turns into a tick for two seconds; a clipboard that refuses says so. */
export function CopyButton(props: CopyButtonProps) {
  const toast = useToast();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copy() {
    try {
      await copyText(props.text);
      setCopied(true);
    } catch {
      toast({ tone: 'bad', text: 'The browser refused to copy. Select the text and copy it by hand.' });
    }
  }

  return (
    <button
      type="button"
      aria-label={props.label}
      title={props.isLabelled ? undefined : props.label}
      onClick={copy}
      className={classNames(
        props.isLabelled
          ? buttonClass({ variant: 'ghost', size: 'sm' })
          : 'inline-grid size-[22px] flex-none place-items-center rounded-sm text-ink-3 hover:bg-fill-active hover:text-ink touch:size-touch [&>.lucide]:size-3.5',
        props.className,
      )}
    >
      {isCopied ? <Check className="text-ok-fg" aria-hidden /> : <Copy aria-hidden />}
      {props.isLabelled && <span>{props.label}</span>}
    </button>
  );
}

/**
 * Puts a text on the clipboard. The clipboard API exists on HTTPS and localhost only; elsewhere the old command still
 * works. Rejects when the browser refuses.
 */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const isDone = document.execCommand('copy');
  area.remove();
  if (!isDone) throw new Error('The copy command was refused');
}
