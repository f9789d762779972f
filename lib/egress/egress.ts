import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { Agent } from 'undici';
import { AddressRefusedError, RegistriesFileError } from './errors.ts';
import { type ConnectorOptions, guardedConnector, type Lookup } from './guarded-connector.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { createProbe, type Probe } from './probe.ts';
import { type Registries, type RegistryRule, ruleFor } from './registries-config.ts';
import type { Fetch, Mirror } from './types.ts';

/** How one registry is reached: what the registry client takes. */
interface RegistryRoute {
  /** The address of its API. */
  readonly endpoint: URL;
  /** Guarded; for the registry, its token realm and its redirects alike. */
  readonly fetch: Fetch;
  readonly allowPlainHttp: boolean;
  readonly mirrors: readonly Mirror[];
}

/** The only way out to hosts that people type. */
export interface Egress {
  /**
   * `host` is as references have it: `ghcr.io`, `registry.example.com:5000`, `docker.io`.
   * @throws AddressRefusedError when no address can be made of it.
   */
  forRegistry(host: string): RegistryRoute;
  /**
   * Looks at the way to a registry step by step, under the same rule as its requests.
   * @throws AddressRefusedError when no address can be made of the host.
   */
  probe(host: string): Probe;
  /**
   * A fetch for a service that is no registry, such as the token service of a cloud, under the rule that registries.json has
   * for the service's own host; a rule's `endpoint` is where it is really reached. One that the operator named in the settings
   * may be private or on plain http.
   */
  forService(service: URL, options?: { readonly isOperatorNamed?: boolean }): Fetch;
  /** Ends every connection. Nothing can be sent afterwards. */
  close(): Promise<void>;
}

export interface EgressOptions {
  readonly registries: Registries;
  /** From dialling to a finished TLS handshake. */
  readonly connectTimeoutMs?: number;
  /** Looks names up; the operating system's way if absent. */
  readonly lookup?: Lookup;
}

export function createEgress(options: EgressOptions): Egress {
  const { registries } = options;
  // One agent for each rule: connections that were made under one are not used under another.
  const agents = new Map<RegistryRule, Agent>();
  const noRule: RegistryRule = {};
  const services = new Map<string, Fetch>();

  function agentFor(rule: RegistryRule): Agent {
    const agent = agents.get(rule) ?? createAgent(rule, options);
    agents.set(rule, agent);
    return agent;
  }

  function fetchFor(registry: string, rule: RegistryRule, allowPlainHttp: boolean): Fetch {
    return guardedFetch({ dispatcher: agentFor(rule), registry, allowPlainHttp });
  }

  /** A mirror with a rule of its own goes by that one, otherwise by the rule of the registry that it mirrors. */
  function mirrorOf(rule: RegistryRule, address: string): Mirror {
    const url = new URL(address);
    // The operator wrote this address down, http included.
    const allowPlainHttp = url.protocol === 'http:';
    return { url, fetch: fetchFor(url.host, ruleFor(registries, url.host) ?? rule, allowPlainHttp) };
  }

  function serviceFetch(origin: string, isOperatorNamed: boolean): Fetch {
    const { host } = new URL(origin);
    const own = ruleFor(registries, host) ?? noRule;
    const rule = isOperatorNamed ? { ...own, allowPrivate: true } : own;
    const base = new URL(rule.endpoint ?? origin);
    const isHttpMeant = isOperatorNamed || rule.endpoint !== undefined;
    const allowPlainHttp = rule.plainHttp ?? (isHttpMeant && base.protocol === 'http:');
    const fetch = fetchFor(host, rule, allowPlainHttp);
    return async (url, init) => {
      if (url.origin !== origin) throw new TypeError(`A fetch for ${origin} was used for another host.`);
      return fetch(movedTo(base, url), init);
    };
  }

  return {
    forRegistry(host) {
      const rule = ruleFor(registries, host) ?? noRule;
      const endpoint = endpointOf(host, rule);
      const allowPlainHttp = rule.plainHttp ?? endpoint.protocol === 'http:';
      return {
        endpoint,
        allowPlainHttp,
        fetch: fetchFor(host, rule, allowPlainHttp),
        mirrors: (rule.mirrors ?? []).map((address) => mirrorOf(rule, address)),
      };
    },
    probe(host) {
      const rule = ruleFor(registries, host) ?? noRule;
      return createProbe({ registry: host, endpoint: endpointOf(host, rule), way: wayOf(rule, options) });
    },
    forService(service, { isOperatorNamed = false } = {}) {
      const key = `${service.origin} ${isOperatorNamed}`;
      const fetch = services.get(key) ?? serviceFetch(service.origin, isOperatorNamed);
      services.set(key, fetch);
      return fetch;
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

/** Enough for several layers in several ranges each; more from one address and registries begin to refuse. */
const connectionsMax = 24;
/** Shorter than the idle times of registries and load balancers (a minute and more), so that none closes under us. */
const keepAliveMs = 10_000;
/** The registry client keeps its own, shorter times; this ends what somebody forgot. */
const forgottenMs = 120_000;
const connectTimeoutMsDefault = 10_000;

function createAgent(rule: RegistryRule, options: EgressOptions): Agent {
  return new Agent({
    allowH2: false,
    connections: connectionsMax,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: forgottenMs,
    bodyTimeout: forgottenMs,
    connect: guardedConnector(wayOf(rule, options)),
  });
}

/** How connections are made under a rule. */
function wayOf(rule: RegistryRule, options: EgressOptions): ConnectorOptions {
  const { connectTimeoutMs = connectTimeoutMsDefault, lookup } = options;
  const ca =
    rule.caFile === undefined ? undefined : [...getCACertificates('default'), readCaFile(rule.caFile)];
  return { allowPrivate: rule.allowPrivate ?? false, ca, connectTimeoutMs, lookup };
}

/**
 * Where a registry is reached. Docker Hub's name is not its address.
 * https://docs.docker.com/reference/api/registry/latest/
 */
function endpointOf(registry: string, rule: RegistryRule): URL {
  if (rule.endpoint !== undefined) return new URL(rule.endpoint);
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const address = `${rule.plainHttp === true ? 'http' : 'https'}://${host}`;
  // The grammar of references takes ports over 65535 and addresses like 256.0.0.1.
  if (!URL.canParse(address)) throw new AddressRefusedError({ registry });
  return new URL(address);
}

/** The same path and query at another origin, below its own path. */
function movedTo(base: URL, url: URL): URL {
  return new URL(`${base.pathname.replace(/\/+$/, '')}${url.pathname}${url.search}`, base);
}

function readCaFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RegistriesFileError({ line: `caFile ${file} cannot be read.`, cause });
  }
}
