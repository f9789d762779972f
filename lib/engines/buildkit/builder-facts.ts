import { z } from 'zod';
import type { EngineFacts } from '../types.ts';
import type { Builder } from './builder.ts';
import type { BuilderWorker } from './builder-control.ts';

/**
 * What is known of steps on a builder, from what it says of itself. What it does not say does not count.
 * https://github.com/moby/buildkit/blob/v0.13.2/util/label/label.go
 */
export function builderFacts(options: {
  readonly builder: Builder;
  readonly worker: BuilderWorker;
  /** Of the client. */
  readonly version: string;
}): EngineFacts {
  const { builder, worker } = options;
  const isNetworkApart = hasNetworkApart(builder, worker);
  const isSandbox = worker.labels.get(`${labels}.oci.process-mode`) !== 'no-sandbox';
  return {
    name: 'BuildKit',
    version: worker.version ?? (options.version === '0.0.0' ? 'without a version' : options.version),
    isolation: [
      places[builder.driver],
      ...(isSandbox ? [] : ['processes shared']),
      ...(builder.isTrusted ? ['not tried'] : []),
    ].join(', '),
    isIsolated: isNetworkApart && isSandbox && !builder.isTrusted,
    networks: isNetworkApart ? ['none', 'private', 'host'] : ['none', 'host'],
    // Builders have no bounds for one step; their operators bound all of them.
    limits: { memory: false, disk: false, processes: false },
  };
}

/**
 * Whether results can be had from it as OCI layouts: Docker's own builder writes none out of its old image store, which says nothing of a
 * snapshotter. https://docs.docker.com/engine/storage/containerd/
 */
export function canExport({ driver }: Builder, { labels: said }: BuilderWorker): boolean {
  return driver !== 'docker' || said.has(`${labels}.snapshotter`);
}

const labels = 'org.mobyproject.buildkit.worker';

const places: Readonly<Record<Builder['driver'], string>> = {
  docker: 'containers of the Docker engine',
  'docker-container': 'containers in the builder’s container',
  kubernetes: 'containers in the builder’s pod',
  remote: 'containers of a remote builder',
};

/** Whether steps have a network that is not that of the machine. */
function hasNetworkApart({ driver, instance }: Builder, { labels: said }: BuilderWorker): boolean {
  const network = said.get(`${labels}.network`);
  if (network === 'cni' || network === 'bridge') return true;
  // Docker's own builder has a bridge for steps, and says “host” of a part that it replaced.
  if (driver === 'docker' || driver === 'kubernetes') return true;
  // The network of a container, unless the container has none of its own.
  return driver === 'docker-container' && instance !== null && !usesHostNetwork(instance.text);
}

function usesHostNetwork(text: string): boolean {
  return instanceSchema.parse(JSON.parse(text)).Nodes.some((node) => node.DriverOpts?.network === 'host');
}

const instanceSchema = z.object({
  Nodes: z.array(z.object({ DriverOpts: z.record(z.string(), z.string()).nullish() })),
});
