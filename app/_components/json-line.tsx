/** One line of JSON with names and values told apart. */
export function JsonLine({ line }: { line: string }) {
  const [, indent = '', name, between = '', value, rest = ''] =
    /^(\s*)(?:("[^"]+")(:\s))?("[^"]*")?(.*)$/.exec(line) ?? [];
  return (
    <>
      {indent}
      {name && <span className="text-code-fn">{name}</span>}
      {between}
      {value && <span className="text-code-str">{value}</span>}
      {rest}
    </>
  );
}
