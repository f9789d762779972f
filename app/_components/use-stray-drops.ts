'use client';

import { useEffect } from 'react';

/** While a page takes files: one that is dropped beside the place for it is not taken, where browsers would open it in place of the page. */
export function useStrayDrops(): void {
  useEffect(() => {
    const refuse = (event: DragEvent) => {
      const isFile = event.dataTransfer?.types.includes('Files') === true;
      if (event.defaultPrevented || !isFile || event.dataTransfer === null) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'none';
    };
    window.addEventListener('dragover', refuse);
    window.addEventListener('drop', refuse);
    return () => {
      window.removeEventListener('dragover', refuse);
      window.removeEventListener('drop', refuse);
    };
  }, []);
}
