/**
 * Whether a command has a here-document, as far as any builder would find one. Its text would be lines of the Dockerfile, of which
 * BuildKit reads some as text and Buildah none. https://docs.docker.com/reference/dockerfile/#here-documents
 */
export function hasHereDocument(command: string): boolean {
  return /(?:^|\s)\d*<<-?[^\s<]/.test(command);
}
