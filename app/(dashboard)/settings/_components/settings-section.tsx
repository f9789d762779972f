import { type ReactNode, useId } from 'react';

export interface SettingsSectionProps {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

export function SettingsSection(props: SettingsSectionProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="grid grid-cols-[220px_minmax(0,1fr)] gap-x-8 gap-y-4 border-t border-line py-6 first:border-t-0 first:pt-2 max-lg:grid-cols-1"
    >
      <div>
        <h2 id={id} className="font-semibold">
          {props.title}
        </h2>
        <p className="mt-1 max-w-[44ch] text-small wrap-anywhere text-ink-3">{props.text}</p>
      </div>
      <div className="grid min-w-0 content-start gap-4">{props.children}</div>
    </section>
  );
}
