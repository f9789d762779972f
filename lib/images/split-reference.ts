/** The parts of a reference as it is written, for display alone; what it means `parseReference` says. `tag` has its `:` or `@`. */
export function splitReference(reference: string) {
  const slash = reference.indexOf('/');
  const head = reference.slice(0, Math.max(0, slash));
  const hasHost = head.includes('.') || head.includes(':') || head === 'localhost';
  const host = hasHost ? reference.slice(0, slash + 1) : '';
  const rest = reference.slice(host.length);
  const tagAt = rest.search(/[:@]/);
  const repository = tagAt === -1 ? rest : rest.slice(0, tagAt);
  const nameAt = repository.lastIndexOf('/') + 1;
  return {
    host,
    path: repository.slice(0, nameAt),
    name: repository.slice(nameAt),
    tag: tagAt === -1 ? '' : rest.slice(tagAt),
  };
}
