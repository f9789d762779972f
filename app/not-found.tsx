import { Button } from './_components/button.tsx';
import { EmptyState } from './_components/empty-state.tsx';

export default function NotFound() {
  return (
    <main className="grid min-h-dvh content-center">
      <EmptyState
        isPage
        title="There is nothing at this address"
        text="It was deleted, or the address has a slip in it."
        actions={<Button href="/">Go to builds</Button>}
      />
    </main>
  );
}
