/** What JSON says; undefined where the bytes are none. Whoever calls looks at its shape, which refuses undefined too. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
