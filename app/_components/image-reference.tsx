import { Fragment } from 'react';
import { splitReference } from '#lib/images/split-reference.ts';

export interface ImageReferenceProps {
  /** The whole reference with its host. */
  readonly reference: string;
  /** `title` breaks over lines, after a slash or before the tag where it can, and loses nothing; `base` is one line in which the path gives way first. */
  readonly size?: 'base' | 'title' | undefined;
  /** For dense tables that show the registry's icon in place of the host. */
  readonly isHostHidden?: boolean | undefined;
}

/** An image reference in three tones: path, name, tag. The whole is in `title` and is what assistive technology reads. */
export function ImageReference(props: ImageReferenceProps) {
  const { host, path, name, tag } = splitReference(props.reference);
  const lead = props.isHostHidden ? path : host + path;
  if (props.size === 'title') {
    return (
      <span
        title={props.reference}
        className="font-mono text-title leading-[1.3] tracking-[-0.03em] wrap-anywhere"
      >
        <span className="font-regular text-ink-3">
          {Array.from(lead.matchAll(/[^/]*\//g), ({ 0: part, index }) => (
            <Fragment key={index}>
              {part}
              <wbr />
            </Fragment>
          ))}
        </span>
        <span className="font-medium text-ink">{name}</span>
        <wbr />
        <span className="font-regular text-ink-2">{tag}</span>
      </span>
    );
  }
  return (
    <span title={props.reference} className="block min-w-0 font-mono text-small tracking-none">
      <span className="sr-only select-none">{props.reference}</span>
      {/* A lead that would show fewer than six characters wraps onto the line below, which is cut off. */}
      <span
        aria-hidden
        className="flex h-[1lh] flex-wrap-reverse content-end overflow-hidden whitespace-nowrap"
      >
        {lead !== '' && (
          <span
            className="max-w-max cut text-ink-3"
            style={{ flex: `1 1 ${Math.min(shownLeadMin, lead.length)}ch` }}
          >
            {lead}
          </span>
        )}
        <span className="flex max-w-full min-w-0">
          <b className="max-w-full flex-none cut font-medium text-ink">{name}</b>
          <span className="cut text-ink-2">{tag}</span>
        </span>
      </span>
    </span>
  );
}

/** Fewer characters of a path than this say nothing. */
const shownLeadMin = 6;
