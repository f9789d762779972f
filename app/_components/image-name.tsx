/** The name of an image, before the reference of its base: of a line it takes half at the most. */
export function ImageName({ name }: { readonly name: string }) {
  return (
    <span className="max-w-1/2 flex-none cut font-medium" title={`Image ${name}`}>
      {name}
    </span>
  );
}
