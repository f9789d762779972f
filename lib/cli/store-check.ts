import type { Writable } from 'node:stream';
import { formatBytes, formatCountOf, formatPercent } from '#lib/builds/format.ts';
import { exitCodeOf } from '#lib/errors/report.ts';
import { type CheckReport, checkStore } from '#lib/store/check-store.ts';
import { expectLayout } from '#lib/store/collect-layout.ts';
import { readLayoutImages } from '#lib/store/layout-images.ts';
import type { Command, CommandContext } from './command.ts';
import { parseCheckArguments } from './store-arguments.ts';
import { withServerStore } from './with-server-store.ts';

export const storeCheck: Command = {
  name: 'store check',
  summary: 'Verify every blob of the store, and every image that should be in it',
  help: `
Usage: slipway store check [--store DIR] [--json]

Reads every blob and compares it with its digest; then looks whether each image has all that its manifest names, and
whether anything lies there that nobody needs. Changes nothing, and may run beside builds.

  --store DIR  a layout that \`slipway pull --to DIR\` made, instead of the store of this server
  --json       one JSON object, for programs
  --help       this text

Exit codes: 0 all is well (room to give back is no fault) · 8 something is wrong · 12 the folder is no store
`,
  async run(context) {
    const options = parseCheckArguments(context.argv);
    const report = await inspect(context, options.folder);
    if (options.isJson) context.stdout.write(`${JSON.stringify(report)}\n`);
    else tell(context.stdout, report);
    return report.findings.some(({ isFault }) => isFault) ? exitCodeOf('integrity') : 0;
  },
};

async function inspect(context: CommandContext, folder: string | undefined): Promise<CheckReport> {
  const { signal } = context;
  const onProgress = progressOn(context.stderr);
  if (folder !== undefined) {
    await expectLayout(folder);
    return checkStore({
      root: folder,
      expect: async (listing) => {
        const { images, kept } = await readLayoutImages({ root: folder, listing });
        return { images, needed: kept };
      },
      onProgress,
      signal,
    });
  }
  return withServerStore(context, async ({ root }) => {
    const { readBuiltImages, readKnownImages } = await import('#lib/store/data.ts');
    return checkStore({
      root,
      expect: async () => {
        const [images, known] = await Promise.all([readBuiltImages(), readKnownImages()]);
        return { images, needed: new Set(known.flatMap(({ blobs }) => blobs.map(({ digest }) => digest))) };
      },
      onProgress,
      signal,
    });
  });
}

function tell(stdout: Writable, { blobs, bytes, images, findings }: CheckReport): void {
  for (const { subject, what, next } of findings) stdout.write(`${subject}\n  ${what}\n  ${next}\n`);
  const faults = findings.filter(({ isFault }) => isFault).length;
  const end = faults === 0 ? 'all is well' : `${formatCountOf(faults, 'fault')} found`;
  stdout.write(
    `Checked ${formatCountOf(blobs, 'blob')}, ${formatBytes(bytes)}, and ${formatCountOf(images, 'image')}: ${end}.\n`,
  );
}

/** One line that is redrawn, for a person who waits; nothing where nobody looks. */
function progressOn(stderr: CommandContext['stderr']) {
  let shown = '';
  return ({ bytes, totalBytes }: { readonly bytes: number; readonly totalBytes: number }) => {
    if (stderr.isTTY !== true) return;
    const text = bytes === totalBytes ? '' : `Checking, ${formatPercent(bytes / totalBytes)}`;
    if (text !== shown) stderr.write(`\r\u001b[K${text}`);
    shown = text;
  };
}
