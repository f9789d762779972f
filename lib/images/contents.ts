import { z } from 'zod';
import { clip } from '#lib/errors/clip.ts';

/** Whose list a package is in: what pip and its like installed for the image's Python, or the system's own. */
const packageKinds = ['python', 'debian', 'alpine'] as const;
export type PackageKind = (typeof packageKinds)[number];

/** Far beyond any image that people build, so that a crafted list costs a bounded row and a bounded page. */
export const packagesMax = 20_000;
const textMax = 200;

const text = z.string().max(textMax);

const installedPackageSchema = z.object({ kind: z.enum(packageKinds), name: text, version: text });
export type InstalledPackage = z.infer<typeof installedPackageSchema>;

/** What was learnt of an image from its layers and config, with nothing of it run. Small enough to keep for every result. */
export const imageContentsSchema = z.object({
  os: z.object({ id: text, name: text, versionId: text }).nullable(),
  python: z.object({ version: text.nullable(), path: text }).nullable(),
  /** By kind and name. */
  packages: z.array(installedPackageSchema).max(packagesMax),
  /** Packages above the bound. */
  omitted: z.int().min(0),
  /** What could not be read, in sentences. */
  unread: z.array(z.string().max(500)).max(10),
});
export type ImageContents = z.infer<typeof imageContentsSchema>;

/** The same in one line of facts. */
export const contentsSummarySchema = z.object({
  os: text.nullable(),
  python: text.nullable(),
  packageCount: z.int().min(0),
  unread: imageContentsSchema.shape.unread,
});
export type ContentsSummary = z.infer<typeof contentsSummarySchema>;

/** Raised when the same image would be described otherwise: what was learnt before is then learnt anew. */
export const contentsFormat = 1;

export function summaryOfContents({ os, python, packages, omitted, unread }: ImageContents): ContentsSummary {
  return {
    os: os?.name ?? null,
    python: python && (python.version ?? 'unknown version'),
    packageCount: packages.length + omitted,
    unread,
  };
}

/** A text of the image as it may be kept. */
export function clipText(value: string): string {
  return clip(value, textMax);
}
