import { type BrowserContext, test as base, type Page } from '@playwright/test';

export { expect } from '@playwright/test';

/** Tests whose pages come back from a navigation only when they listen. */
export const test = base.extend({
  context: async ({ context }, use) => use(withListeningPages(context)),
});

/** A context all of whose new pages are `listening`. */
export function withListeningPages(context: BrowserContext): BrowserContext {
  const newPage = context.newPage.bind(context);
  return Object.assign(context, { newPage: async () => listening(await newPage()) });
}

/**
 * Makes `goto` and `reload` wait until the page's scripts have taken over what the server sent: what is typed, pressed or clicked before is
 * lost, and no person is as fast as that.
 */
function listening(page: Page): Page {
  const goto = page.goto.bind(page);
  const reload = page.reload.bind(page);
  return Object.assign(page, {
    goto: async (...args: Parameters<Page['goto']>) => untilListening(page, await goto(...args)),
    reload: async (...args: Parameters<Page['reload']>) => untilListening(page, await reload(...args)),
  });
}

async function untilListening<T>(page: Page, response: T): Promise<T> {
  await page.waitForFunction(isTakenOver);
  await page.evaluate(untilIdle);
  return response;
}

/** React marks each element that it has taken over. */
function isTakenOver(): boolean {
  const elements = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea')];
  return elements.every((element) => Object.keys(element).some((key) => key.startsWith('__reactProps$')));
}

/** What listens to the whole page does so a moment later. */
function untilIdle(): Promise<unknown> {
  return new Promise((resolve) => requestIdleCallback(resolve));
}
