'use client';

import { Button } from '#app/_components/button.tsx';
import { ErrorPanel } from '#app/_components/error-panel.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';

export default function HistoryError(props: {
  readonly error: Error & { readonly digest?: string };
  readonly retry: () => void;
}) {
  return (
    <>
      <PageHeader title="Builds" />
      <div className="p-6 max-md:p-4">
        <ErrorPanel
          report={{
            code: props.error.digest ?? 'builds_unread',
            what: 'The builds could not be read',
            why: 'The database did not answer, or answered with a fault. Builds that are running go on.',
            next: 'Try again in a moment. The server log names the cause, under the code at the right.',
          }}
          actions={
            <Button variant="primary" onClick={props.retry}>
              Try again
            </Button>
          }
        />
      </div>
    </>
  );
}
