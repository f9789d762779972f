/** What browsers call the cookie of a session here. It is the library's own name: see `better-auth.ts`. */
export function sessionCookieName(publicUrl: URL): string {
  const name = 'better-auth.session_token';
  return publicUrl.protocol === 'https:' ? `__Secure-${name}` : name;
}
