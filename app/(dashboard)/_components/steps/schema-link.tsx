/** To the schema of definitions as JSON. */
export function SchemaLink({ children }: { readonly children: string }) {
  return (
    <a
      className="text-tide underline decoration-tide-line underline-offset-3"
      href="/api/schemas/image.json"
      target="_blank"
      rel="noreferrer"
    >
      {children}
    </a>
  );
}
