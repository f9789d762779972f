import { CodeBlock } from '#app/_components/code-block.tsx';
import { sessionCookieName } from '#lib/auth/session-cookie.ts';
import { readSettings } from '#lib/config/load-settings.ts';

/** How the newest result of an image gets to where it runs. */
export function UseImage({ name }: { readonly name: string }) {
  const { publicUrl } = readSettings();
  const address = `${publicUrl.origin}/images/${name}/latest.tar`;
  const fetching = `curl -fL -H "Cookie: ${sessionCookieName(publicUrl)}=$SLIPWAY_SESSION"`;
  const loaded = [
    `docker load -i ${name}-latest.tar`,
    `podman load -i ${name}-latest.tar`,
    `skopeo copy oci-archive:${name}-latest.tar:latest docker://registry.example.com/${name}:latest`,
  ].join('\n');
  const fetched = `${fetching} \\\n  ${address} | docker load`;
  return (
    <details className="mt-2">
      <summary className="cursor-pointer text-small font-medium touch:py-[13px]">
        Use it in Docker, Podman or a registry
      </summary>
      <div className="mt-2 grid gap-3 text-small text-ink-3">
        <CodeBlock title="After a download" text={loaded} copyLabel="Copy load commands" />
        <CodeBlock title="From a terminal" text={fetched} copyLabel="Copy curl command" />
        <p>
          <code className="font-mono">SLIPWAY_SESSION</code> is the value of your session’s cookie,{' '}
          <code className="font-mono">{sessionCookieName(publicUrl)}</code>, from the developer tools of this
          browser. It is as good as your password until you sign out: keep it out of scripts and shared
          shells. A download that broke goes on with <code className="font-mono">curl -C -</code>.
        </p>
        <p>
          The file is an OCI archive and what <code className="font-mono">docker save</code> writes, in one;{' '}
          <code className="font-mono">?format=oci</code> leaves Docker’s part out.
        </p>
      </div>
    </details>
  );
}
