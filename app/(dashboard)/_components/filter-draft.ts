/** A filter that stands in the address, with what its reader has made of it since. */
export interface FilterDraft<Filter> {
  /** What the controls show: ahead of the page while one types, and while the server answers. */
  readonly draft: Filter;
  /** The address of the page as it was last seen. */
  readonly seen: string;
  /** The address that the page was told to go to, until it is there. */
  readonly sent: string | null;
}

/**
 * Takes in the page that the server made. An answer to what was sent from here leaves the draft alone, which may be
 * further by now. Whatever else changed the address (a link, a button, back and forth) wins.
 */
export function settleDraft<Filter>(
  state: FilterDraft<Filter>,
  page: {
    readonly filter: Filter;
    readonly href: string;
    /** An answer to what was sent is still to come. */
    readonly isGoing: boolean;
  },
): FilterDraft<Filter> {
  const { draft, seen, sent } = state;
  const { filter, href, isGoing } = page;
  if (isGoing || (sent === null && href === seen)) return state;
  return { draft: href === sent ? draft : filter, seen: href, sent: null };
}
