/**
 * Runs before the first paint: the theme that was chosen in this browser, else the system's. Text, because it has to
 * stand in the page itself; `theme-switch.tsx` writes what it reads.
 */
export const themeScript = `(function () {
  var chosen = null;
  try { chosen = localStorage.getItem('slipway.theme'); } catch (error) {}
  var isDark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
})()`;
