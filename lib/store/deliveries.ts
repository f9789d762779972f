import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '#lib/oci/digest.ts';
import { type Durability, syncFolder } from './commit.ts';
import { deliveryFile } from './paths.ts';

interface Delivery {
  readonly root: string;
  readonly digest: Digest;
  /** The registry's host, as in the reference. */
  readonly source: string;
}

/** Whether this source once delivered this blob, whole and verified, to anybody who uses this store. */
export async function isDelivered(delivery: Delivery): Promise<boolean> {
  return access(deliveryFile(delivery)).then(
    () => true,
    () => false,
  );
}

export async function recordDelivery(
  delivery: Delivery & { readonly durability: Durability },
): Promise<void> {
  const file = deliveryFile(delivery);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '');
  if (delivery.durability === 'durable') await syncFolder(path.dirname(file));
}
