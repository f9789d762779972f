import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Readable } from 'node:stream';
import { EngineFailedError } from '../errors.ts';
import { metadataNetworks } from '../metadata-services.ts';

/**
 * A network of its own for a step: slirp4netns carries what a step sends into the network of this machine as if this process
 * had sent it, but not to this machine. https://github.com/rootless-containers/slirp4netns/blob/v1.2.0/slirp4netns.1.md
 */
export const networkNamespace = {
  /** Where names are looked up: slirp4netns hands them to the servers of this machine. */
  nameServer: '10.0.2.3',
  /** Run in the namespace before anything else: addresses that steps must not reach have no way out of it. */
  enter(interfaces: Interfaces = networkInterfaces()): string {
    return refusedAddresses(interfaces).map(routeNowhere).join(' && ');
  },
} as const;

/**
 * Gives the network namespace of a process its way out. The function that comes back takes it away; it ends with this process, too.
 * @throws EngineFailedError when slirp4netns does not start
 */
export async function attachNetwork(options: {
  readonly pid: number;
  readonly signal: AbortSignal;
}): Promise<() => void> {
  const child = spawn('slirp4netns', [...settings, String(options.pid), 'tap0'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1_000);
  });
  const failed = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('exit', () => reject(new Error(said)));
  });
  try {
    await Promise.race([once(child.stdio[3] as Readable, 'data', { signal: options.signal }), failed]);
  } catch (cause) {
    child.kill('SIGKILL');
    options.signal.throwIfAborted();
    throw new EngineFailedError({
      why: 'The network of the step could not be made.',
      next: 'Install slirp4netns and iproute2 on the worker, or set SLIPWAY_STEP_NETWORK to none or host.',
      cause,
    });
  }
  failed.catch(() => {});
  return () => void child.kill('SIGKILL');
}

/** The third pipe says when it is ready; with the end of the fourth, it ends. */
const settings = [
  ...['--configure', '--mtu=65520', '--disable-host-loopback', '--enable-sandbox', '--enable-seccomp'],
  ...['--ready-fd=3', '--exit-fd=4'],
];

/**
 * Link-local addresses, metadata services among them, and every address that this machine has, those among them that services have on the
 * loopback interface. 127.0.0.0/8 is the step's own.
 */
function refusedAddresses(interfaces: Interfaces): readonly string[] {
  const addresses = Object.values(interfaces).flatMap((each) => each ?? []);
  const own = addresses.filter(({ family, address }) => family === 'IPv4' && !address.startsWith('127.'));
  return [...metadataNetworks, ...own.map(({ address }) => `${address}/32`)];
}

/** What this machine has, by name. */
type Interfaces = Readonly<
  Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family'>[] | undefined>
>;

function routeNowhere(network: string): string {
  return `ip route add blackhole ${network}`;
}
