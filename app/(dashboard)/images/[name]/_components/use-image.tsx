import { CodeBlock } from '#app/_components/code-block.tsx';
import { readSettings } from '#lib/config/load-settings.ts';
import { TerminalDownload } from './terminal-download.tsx';

/** How the newest result of an image gets to where it runs. */
export function UseImage({ name }: { readonly name: string }) {
  const loaded = [
    `docker load -i ${name}-latest.tar`,
    `podman load -i ${name}-latest.tar`,
    `skopeo copy oci-archive:${name}-latest.tar:latest docker://registry.example.com/${name}:latest`,
  ].join('\n');
  return (
    <details className="mt-2">
      <summary className="cursor-pointer text-small font-medium touch:py-[13px]">
        Use it in Docker, Podman or a registry
      </summary>
      <div className="mt-2 grid gap-3 text-small text-ink-3">
        <CodeBlock title="After a download" text={loaded} copyLabel="Copy load commands" />
        <p>
          The file is an OCI archive and what <code className="font-mono">docker save</code> writes, in one;{' '}
          <code className="font-mono">format=oci</code> in its address leaves Docker’s part out.
        </p>
        <TerminalDownload name={name} origin={readSettings().publicUrl.origin} />
      </div>
    </details>
  );
}
