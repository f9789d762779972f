import type { ReactNode } from 'react';

export function Section({ title, id, children }: { title: string; id: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h2 id={id} className="mb-2.5 font-semibold">
        {title}
      </h2>
      {children}
    </section>
  );
}
