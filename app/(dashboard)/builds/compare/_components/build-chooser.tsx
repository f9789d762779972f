import { Button } from '#app/_components/button.tsx';
import { TextField } from '#app/_components/text-field.tsx';

/** Asks which two builds are meant. A plain form: the address is the answer. */
export function BuildChooser(props: { readonly a: number | null; readonly b: number | null }) {
  const { a, b } = props;
  return (
    <form action="/builds/compare" className="grid max-w-[460px] gap-3.5 px-6 py-5 max-md:px-4">
      <p className="text-ink-2">
        {a === null && b !== null
          ? `No build of the same image came to its end before #${b}. Name any other build to compare it with.`
          : 'Two builds side by side: packages, size, definition and time. Their numbers are in the history.'}
      </p>
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label="From build"
          name="a"
          inputMode="numeric"
          maxLength={11}
          defaultValue={a === null ? '' : String(a)}
          placeholder="11"
        />
        <TextField
          label="To build"
          name="b"
          inputMode="numeric"
          maxLength={11}
          defaultValue={b === null ? '' : String(b)}
          placeholder="12"
        />
      </div>
      <div>
        <Button type="submit" variant="primary">
          Compare builds
        </Button>
      </div>
    </form>
  );
}
