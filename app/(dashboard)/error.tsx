'use client';

import { Button } from '#app/_components/button.tsx';
import { ErrorPanel } from '#app/_components/error-panel.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';

/** A page of the dashboard that could not be made. The frame around it stays. */
export default function DashboardError(props: {
  readonly error: Error & { readonly digest?: string };
  readonly retry: () => void;
}) {
  return (
    <>
      <PageHeader title="Something is wrong" />
      <div className="px-6 py-4 max-md:px-4">
        <ErrorPanel
          report={{
            code: 'internal',
            what: 'This page could not be made',
            why: `Slipway met a fault of its own, or lost its database.${props.error.digest === undefined ? '' : ` The server log has it under ${props.error.digest}.`}`,
            next: 'Try again. Builds under way are not touched by this.',
          }}
          actions={
            <>
              <Button onClick={props.retry}>Try again</Button>
              <Button href="/" variant="ghost">
                Go to builds
              </Button>
            </>
          }
        />
      </div>
    </>
  );
}
