'use client';

import { X } from 'lucide-react';
import { Button } from '#app/_components/button.tsx';
import { IconButton } from '#app/_components/icon-button.tsx';
import { Meter } from '#app/_components/meter.tsx';
import { formatBytes, formatCountOf, formatDigestShort } from '#lib/builds/format.ts';
import type { Upload } from '#lib/images/schema.ts';

/** A file that is on its way. */
export function SendingCard(props: {
  readonly file: File;
  readonly sentBytes: number;
  /** Those that are sent after it. */
  readonly next: readonly File[];
  readonly onCancel: () => void;
}) {
  const { file, sentBytes, next } = props;
  return (
    <div className="flex items-center gap-3 rounded-lg px-3 py-2.5 inset-ring inset-ring-line-strong">
      <span className="min-w-0 flex-1">
        <b className="cut block font-medium">{file.name}</b>
        <Meter
          label={`Upload of ${file.name}`}
          share={file.size === 0 ? 1 : sentBytes / file.size}
          className="my-1"
        />
        <span className="text-small text-ink-3 tabular-nums">
          {formatBytes(sentBytes)} of {formatBytes(file.size)}
          {next.length > 0 && `, then ${formatCountOf(next.length, 'more file')}`}
        </span>
      </span>
      <IconButton
        size="sm"
        label={`Cancel the upload of ${file.name}`}
        icon={<X />}
        onClick={props.onCancel}
      />
    </div>
  );
}

/** A file that is here, with what tells it from another. */
export function UploadCard(props: {
  readonly upload: Upload;
  readonly onReplace?: () => void;
  readonly onRemove?: () => void;
}) {
  const { name, file, size_bytes } = props.upload;
  return (
    <div className="flex items-center gap-3 rounded-lg py-2 pr-2 pl-3 inset-ring inset-ring-line-strong">
      <span className="min-w-0 flex-1">
        <b className="cut block font-medium">{name}</b>
        <span className="text-small text-ink-3 tabular-nums">
          {formatBytes(size_bytes)} ·{' '}
          <code className="font-mono" title={file}>
            {formatDigestShort(file)}
          </code>
        </span>
      </span>
      {props.onReplace !== undefined && (
        <Button size="sm" onClick={props.onReplace}>
          Replace
        </Button>
      )}
      {props.onRemove !== undefined && (
        <IconButton size="sm" label={`Remove ${name}`} icon={<X />} onClick={props.onRemove} />
      )}
    </div>
  );
}
