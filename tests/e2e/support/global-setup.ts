import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { startRegistry } from '#tests/support/registry.ts';
import { startCounterparts } from './counterparts.ts';
import { startProduct } from './product.ts';
import { startSlowProxy } from './slow-proxy.ts';
import { publishStage, registryHost, slowHost } from './stage.ts';
import { pushTestImages } from './test-images.ts';

/** Starts a private registry, two lines to it, what stands in for the clouds, and the product; the function that comes back stops them all. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async () => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    const registry = await startRegistry({ auth: 'htpasswd', username: 'halden' });
    stops.push(registry.stop);
    await pushTestImages(registry);
    const near = await startSlowProxy({ upstream: registry.url, bytesPerSecond: 1_000_000 });
    stops.push(near.stop);
    const far = await startSlowProxy({ upstream: registry.url, bytesPerSecond: 100_000 });
    stops.push(far.stop);
    const allowed = { plainHttp: true, allowPrivate: true };
    const counterparts = await startCounterparts({ registry });
    stops.push(counterparts.stop);
    const product = await startProduct({
      registriesFile: {
        registries: {
          ...counterparts.registries,
          [registryHost]: { endpoint: near.url, ...allowed },
          [slowHost]: { endpoint: far.url, ...allowed },
        },
        tokenUris: counterparts.tokenUris,
      },
      environment: counterparts.environment,
    });
    stops.push(product.stop);
    publishStage({
      url: product.url,
      setUpCode: product.setUpCode,
      dataFolder: product.dataFolder,
      ownerState: path.join(product.folder, 'owner.json'),
      owner: {
        name: 'Ines Okafor',
        email: 'ines@halden.test',
        password: randomBytes(12).toString('base64url'),
      },
      registryAccount: { username: registry.username, password: registry.password },
      cloudAccounts: counterparts.accounts,
    });
    return stopAll;
  } catch (error) {
    await stopAll();
    throw error;
  }
}
