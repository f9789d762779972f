import { formatCountOf } from '#lib/builds/format.ts';
import type { Probe } from '#lib/egress/probe.ts';
import { reportError } from '#lib/errors/report.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import { connectionFault } from '#lib/oci/connection-fault.ts';
import { RegistryUnavailableError } from '#lib/oci/errors.ts';
import { CertificateEndsError } from './check-errors.ts';
import type { Finding } from './checklist.ts';

/** Looks the registry's name up, as its requests will. */
export async function checkDns(probe: Probe, host: string, signal: AbortSignal): Promise<Finding<Probe>> {
  const { hostname, isLiteral, addressCount } = await reaching(host, () => probe.lookUp(signal));
  const detail = isLiteral
    ? `${hostname} is an address`
    : `${hostname} has ${formatCountOf(addressCount, 'address', 'addresses')}`;
  return { state: 'passed', detail, value: probe };
}

/** Connects as requests will, and looks at the certificate. */
export async function checkTls(probe: Probe, host: string, signal: AbortSignal): Promise<Finding> {
  const connection = await reaching(host, () => probe.connect(signal));
  const value = undefined;
  if (connection.kind === 'plain') {
    return { state: 'skipped', detail: `It answers over plain http, which registries.json allows`, value };
  }
  const { validUntilMs } = connection;
  if (validUntilMs === undefined) return { state: 'passed', detail: 'Certificate valid', value };
  const daysLeft = Math.floor((validUntilMs - Date.now()) / dayMs);
  const detail = `Certificate valid for ${formatCountOf(daysLeft, 'day')}`;
  if (daysLeft >= daysLeftMin) return { state: 'passed', detail, value };
  return {
    state: 'warned',
    detail,
    problem: reportError(new CertificateEndsError({ host, daysLeft })),
    value,
  };
}

const dayMs = 86_400_000;
/** Authorities that renew by themselves do so a month before the end: in its last two weeks somebody forgot. */
const daysLeftMin = 14;

/** Failures of the network in words, as those of the registry's requests. */
async function reaching<T>(host: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new RegistryUnavailableError({
      place: { registry: host },
      ...connectionFault(error),
      cause: error,
    });
  }
}
