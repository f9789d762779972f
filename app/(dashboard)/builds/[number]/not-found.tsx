import { Button } from '#app/_components/button.tsx';
import { EmptyState } from '#app/_components/empty-state.tsx';
import { PageHeader } from '#app/_components/page-header.tsx';

export default function BuildNotFound() {
  return (
    <>
      <PageHeader crumbs={[{ label: 'Builds', href: '/' }]} title="Not found" />
      <EmptyState
        title="This build does not exist"
        text="Its number may be mistyped, or it belongs to another workspace."
        actions={<Button href="/">All builds</Button>}
      />
    </>
  );
}
