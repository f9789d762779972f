/** Whether a page belongs to an item of the navigation. The history is the home, and every build belongs to it. */
export function isAt(path: string, href: string): boolean {
  if (href === '/') return path === '/' || path === '/builds' || path.startsWith('/builds/');
  return path === href || path.startsWith(`${href}/`);
}

/** Where the navigation takes a page to be: at its path, but with the images while the form for builds defines one. */
export function placeOf(path: string, query: { has(name: string): boolean }): string {
  return path === '/builds/new' && query.has('image') ? '/images' : path;
}
