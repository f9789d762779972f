import type { Command } from './command.ts';
import { UsageError } from './usage-error.ts';

export const store: Command = {
  name: 'store',
  summary: 'What can be done with the blobs that pulls and builds left on disk',
  help: `
Usage: slipway store check [OPTIONS]
       slipway store gc [OPTIONS]

  check   verify every blob against its digest and every image against what it names
  gc      remove what no image needs, and images that are over the limits

Both work on the store of this server (SLIPWAY_DATA/store, with its database), while it runs or not, or with --store DIR
on a layout that \`slipway pull --to DIR\` made. \`slipway store check --help\` and \`slipway store gc --help\` say more.
`,
  async run({ argv, stdout }) {
    const [word] = argv;
    if (word === undefined) {
      stdout.write(`${store.help.trim()}\n`);
      return 2;
    }
    throw new UsageError({
      what: `There is no command "store ${word}"`,
      why: 'The commands are store check and store gc.',
      command: 'store',
    });
  },
};
