import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** Colours fade for up to 160 ms, and axe measures contrast. What turns for as long as something is busy has no end to wait for. */
function settle(): Promise<unknown> {
  const fading = document
    .getAnimations()
    .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime ?? 0))
    .map(({ finished }) => finished);
  // A fade of what is out of sight may wait until it is seen.
  const enough = new Promise((resolve) => setTimeout(resolve, 1_000));
  return Promise.race([Promise.allSettled(fading), enough]);
}

/** All that a theme can change of what axe looks at. */
const ofColours = ['color-contrast', 'link-in-text-block'];
const themes = ['light', 'dark'] as const;
const widths = [
  { name: 'wide', width: 1440, height: 900 },
  { name: 'narrow', width: 390, height: 844 },
] as const;

/**
 * What axe finds on a page in both themes, wide and narrow, and whether anything scrolls sideways: one sentence a finding,
 * none when all is well.
 */
export async function scan(page: Page): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const theme of themes) {
    for (const { name, ...size } of widths) {
      await page.setViewportSize(size);
      await page.evaluate((value) => {
        document.documentElement.dataset.theme = value;
      }, theme);
      await page.evaluate(settle);
      // Without frames there is nothing that the older way of running misses, and it opens no second page.
      const axe = new AxeBuilder({ page }).setLegacyMode();
      if (theme === 'dark') axe.withRules(ofColours);
      const { violations } = await axe.analyze();
      for (const { id, help, nodes } of violations) {
        findings.push(
          `${theme}, ${name}: ${id}, ${help}: ${nodes.map(({ target }) => target.join(' ')).join('; ')}`,
        );
      }
      const overflowPx = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (overflowPx > 0)
        findings.push(`${theme}, ${name}: the page is ${overflowPx} px wider than its window`);
    }
  }
  return findings;
}
