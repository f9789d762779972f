import type { Command } from './command.ts';

/** What `slipway --help` shows. */
export async function overview(loadAll: () => Promise<readonly Command[]>): Promise<string> {
  const commands = await loadAll();
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Slipway keeps a team's registry credentials sealed and pulls and builds images from private registries.

Usage: slipway COMMAND [OPTIONS]

${list.join('\n')}

\`slipway COMMAND --help\` says what a command does and takes. \`slipway start --help\` lists the settings.

Exit codes: 0 done, 1 a fault of Slipway, 2 wrong usage, 3 refused, 4 not found, 5 rate limited, 6 network,
7 registry, 8 wrong bytes, 9 storage, 10 set-up, 11 unsupported, 12 conflict, 130 stopped.
`;
}
