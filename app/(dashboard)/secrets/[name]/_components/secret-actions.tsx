'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { Button } from '#app/_components/button.tsx';
import { type DeletableSecret, DeleteDialog } from '../../_components/delete-dialog.tsx';

export function SecretActions({ secret }: { secret: DeletableSecret }) {
  const router = useRouter();
  const [isAsking, setAsking] = useState(false);
  return (
    <div className="flex flex-none gap-2 max-md:w-full max-md:*:flex-1">
      <Button onClick={() => router.push(`/secrets/${secret.name}/replace`)}>Replace values</Button>
      <Button variant="stop" onClick={() => setAsking(true)}>
        Delete secret
      </Button>
      <DeleteDialog
        secret={secret}
        isOpen={isAsking}
        onOpenChange={setAsking}
        onDeleted={() => router.push('/secrets')}
      />
    </div>
  );
}
