'use client';

import { Link2 } from 'lucide-react';
import { useState, useTransition } from 'react';
import { askForRefusal } from '#app/_components/ask-action.ts';
import { Button } from '#app/_components/button.tsx';
import { CodeBlock } from '#app/_components/code-block.tsx';
import { useComplaint } from '#app/_components/use-complaint.ts';
import type { SignedAddress } from '#lib/auth/signed-address.ts';
import { formatClock } from '#lib/builds/format.ts';
import { signDownload } from '../../sign-download.ts';

/** For machines without a browser: a command with a link that holds for a while, made when it is asked for. */
export function TerminalDownload(props: { readonly name: string; readonly origin: string }) {
  const complain = useComplaint();
  const [signed, setSigned] = useState<SignedAddress | null>(null);
  const [isMaking, startMaking] = useTransition();

  function make() {
    startMaking(async () => {
      const answer = await askForRefusal('No link was made', () => signDownload(props.name));
      if ('address' in answer) return setSigned(answer);
      complain(answer.report);
    });
  }

  return (
    <>
      {signed !== null && (
        <>
          <CodeBlock
            title="From a terminal"
            text={`curl -fL '${props.origin}${signed.address}' | docker load`}
            copyLabel="Copy curl command"
          />
          <p>
            The link opens this image for whoever has it, until {formatClock(signed.expiresAt)} or until you
            sign out. To go on with a download that broke, write to a file with{' '}
            <code className="font-mono">-C - -o {props.name}.tar</code>.
          </p>
        </>
      )}
      <Button
        size="sm"
        icon={<Link2 />}
        isBusy={isMaking}
        busyLabel="Making"
        onClick={make}
        className="justify-self-start"
      >
        {signed === null ? 'Make a link for a terminal' : 'Make another link'}
      </Button>
    </>
  );
}
