import { createEgress } from '#lib/egress/egress.ts';
import { loadRegistries } from '#lib/egress/registries-config.ts';
import { createRegistryClient } from '#lib/oci/client.ts';
import { parsePlatform } from '#lib/oci/platform.ts';
import { parseReference } from '#lib/oci/reference.ts';
import { fetchPlan } from '#lib/pull/fetch-plan.ts';
import { planPull } from '#lib/pull/plan.ts';
import { resolveImage } from '#lib/pull/resolve.ts';
import { openBlobStore } from '#lib/store/blob-store.ts';

// Pulls an image into a store as a worker's build does: durable, and shared by workspaces.

const [text = '', root = ''] = process.argv.slice(2);
const reference = parseReference(text);
const { registry, repository } = reference;
const { signal } = new AbortController();
const egress = createEgress({
  registries: await loadRegistries({ path: process.env.SLIPWAY_REGISTRIES ?? '' }),
});
const client = createRegistryClient({ registry, ...egress.forRegistry(registry) });
const store = await openBlobStore({ root, durability: 'durable' });
const image = await resolveImage({ client, reference, platform: parsePlatform('linux/amd64'), signal });
const provenance = { known: async () => new Set<never>() };
const plan = await planPull({ image, store, client, repository, provenance, signal });
await fetchPlan({ plan, client, repository, store, signal, onEvent: () => undefined });
await egress.close();
