/** Whether a page belongs to an item of the navigation. The history is the home, and every build belongs to it. */
export function isAt(path: string, href: string): boolean {
  if (href === '/') return path === '/' || path === '/builds' || path.startsWith('/builds/');
  return path === href || path.startsWith(`${href}/`);
}
