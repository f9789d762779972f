import { parseResultTag, type ResultAddress, type ResultTag } from '#lib/builds/results/open-result.ts';
import { type ArchiveFormat, archiveFormats } from '#lib/builds/results/result-archive.ts';
import { InputError } from '#lib/errors/input.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import type { DownloadPath } from './download-path.ts';

export interface Download {
  readonly address: ResultAddress;
  readonly tag: ResultTag | null;
  readonly format: ArchiveFormat;
  readonly fileName: string;
}

/** @throws NotFoundError for what is no tag or number, InputError for what is no format */
export function parseDownload({ image, which, query }: DownloadPath): Download {
  const format = formatOf(query.get('format') ?? 'docker');
  if (image === null) {
    if (!/^[1-9]\d{0,8}$/.test(which)) throw new NotFoundError('build');
    return { address: { number: Number(which) }, tag: null, format, fileName: `build-${which}.tar` };
  }
  const tag = parseResultTag(which);
  return { address: { image, tag }, tag, format, fileName: `${image}-${which}.tar` };
}

function formatOf(asked: string): ArchiveFormat {
  const format = archiveFormats.find((each) => each === asked);
  if (format !== undefined) return format;
  throw new InputError({
    what: 'There is no such format',
    why: `Images come as ${archiveFormats.join(' or ')}.`,
    next: 'Use ?format=docker for docker load and podman load, ?format=oci for skopeo and other tools.',
  });
}
