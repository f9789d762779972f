'use client';

import { Copy, Download, GitCompareArrows, Link2, Package, Pencil } from 'lucide-react';
import { copyText } from '#app/_components/copy-button.tsx';
import { Menu, type MenuItem } from '#app/_components/menu.tsx';
import { useToast } from '#app/_components/toast.tsx';
import type { BuildBefore } from '#lib/builds/build-before.ts';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';

/** What else one can do with a build. */
export function BuildMenu(props: {
  readonly head: BuildHead;
  readonly view: BuildView;
  readonly before: BuildBefore | null;
  readonly onDownload: () => void;
}) {
  const { head, view } = props;
  const toast = useToast();
  const { baseDigest } = view.facts;
  const imageHref = `/builds/${head.number}/image.tar`;

  async function copy(text: string, what: string) {
    try {
      await copyText(text);
      toast({ tone: 'info', text: `${what} copied` });
    } catch {
      toast({ tone: 'bad', text: 'The browser refused to copy. Select the text and copy it by hand.' });
    }
  }

  const items: readonly MenuItem[] = [
    { label: 'Copy build link', icon: <Link2 />, onSelect: () => copy(window.location.href, 'Link') },
    ...(baseDigest === undefined
      ? []
      : [{ label: 'Copy base digest', icon: <Copy />, onSelect: () => copy(baseDigest, 'Digest') }]),
    ...(view.state === 'succeeded'
      ? [{ label: 'Download image', icon: <Package />, onSelect: () => window.location.assign(imageHref) }]
      : []),
    { label: 'Download log', icon: <Download />, onSelect: props.onDownload },
    'separator',
    ...(props.before === null
      ? []
      : [
          {
            label: `Compare with #${props.before.number}`,
            icon: <GitCompareArrows />,
            href: `/builds/compare?a=${props.before.number}&b=${head.number}`,
          },
        ]),
    { label: 'Edit and build again', icon: <Pencil />, href: `/builds/new?build=${head.number}` },
  ];
  return <Menu label="More actions" variant="outline" items={items} />;
}
