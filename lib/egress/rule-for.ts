import type { Registries, RegistryRule } from './registries-config.ts';

/**
 * The rule for a host: its own, else that of the longest pattern that fits. `*.example.com` fits every name below
 * example.com, with the port that the pattern has.
 */
export function ruleFor(registries: Registries, host: string): RegistryRule | undefined {
  const name = host.toLowerCase();
  const keys = Object.keys(registries.registries);
  const own = keys.find((key) => key.toLowerCase() === name);
  const pattern = keys
    .filter(
      (key) =>
        key.startsWith('*.') && name.endsWith(key.slice(1).toLowerCase()) && name.length > key.length - 1,
    )
    .sort((a, b) => b.length - a.length)[0];
  const key = own ?? pattern;
  return key === undefined ? undefined : registries.registries[key];
}
