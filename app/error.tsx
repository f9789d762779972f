'use client';

import { Button } from './_components/button.tsx';
import { ErrorPanel } from './_components/error-panel.tsx';

/** A page outside the dashboard, or the frame of the dashboard itself, could not be made. */
export default function RootError(props: {
  readonly error: Error & { readonly digest?: string };
  readonly retry: () => void;
}) {
  return (
    <main className="mx-auto grid min-h-dvh max-w-[560px] content-center p-4">
      <ErrorPanel
        report={{
          code: 'internal',
          what: 'Slipway cannot show this page now',
          why: `It met a fault of its own, or cannot reach its database.${props.error.digest === undefined ? '' : ` The server log has it under ${props.error.digest}.`}`,
          next: 'Try again in a moment. If it stays, look at the server log.',
        }}
        actions={<Button onClick={props.retry}>Try again</Button>}
      />
    </main>
  );
}
