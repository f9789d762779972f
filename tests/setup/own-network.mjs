/**
 * A command in a network of its own with nothing but loopback: browsers break off whatever is under way when an interface of the machine comes
 * or goes, and those of engines that other tests start do so all the time. As it is where one may not do that: not as root, not on Linux.
 *
 * @param {string[]} command
 * @returns {string[]}
 */
export function inOwnNetwork(command) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return command;
  return ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command];
}
