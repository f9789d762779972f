import { Button } from '#app/_components/button.tsx';
import { EmptyState } from '#app/_components/empty-state.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';

/** Something that does not exist, or belongs to another workspace: both look alike. */
export default function DashboardNotFound() {
  return (
    <>
      <PageHeader title="Not found" />
      <EmptyState
        title="There is nothing at this address"
        text="It was deleted, it belongs to another workspace, or the address has a slip in it."
        actions={<Button href="/">Go to builds</Button>}
      />
    </>
  );
}
