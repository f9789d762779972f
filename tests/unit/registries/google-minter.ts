import { text } from 'node:stream/consumers';
import { createEgress } from '#lib/egress/egress.ts';
import { artifactRegistrySource } from '#lib/registries/artifact-registry-token.ts';
import { cloudsOf } from '#lib/registries/clouds.ts';

// A process that mints once with what it is told on standard input, and says how that ended.
const { values, tokenUris } = JSON.parse(await text(process.stdin));
const registries = { registries: {}, tokenUris };
const egress = createEgress({ registries });
const clouds = cloudsOf({ egress, registries, awsEndpoints: {} });
try {
  const source = artifactRegistrySource({ values, clouds });
  const { username } = await source({ isRefused: false, signal: AbortSignal.timeout(10_000) });
  console.log(JSON.stringify({ username }));
} catch (error) {
  console.log(JSON.stringify({ failed: error instanceof Error ? error.name : String(error) }));
}
await egress.close();
