import { Button } from '#app/_components/button.tsx';
import { TextField } from '#app/_components/text-field.tsx';
import type { ComparedEnd } from './compared-end.ts';

/** Asks which two builds are meant. A plain form: the address is the answer. */
export function BuildChooser(props: {
  readonly from: ComparedEnd;
  readonly to: ComparedEnd;
  /** `to` was named alone, and there is no build before it to compare it with. */
  readonly isAlone: boolean;
}) {
  const { from, to, isAlone } = props;
  return (
    <form action="/builds/compare" className="grid max-w-[460px] gap-3.5 px-6 py-5 max-md:px-4">
      <p className="text-ink-2">
        {isAlone
          ? `No build of the same image came to its end before #${to.number}. Name any other build to compare it with.`
          : 'Two builds side by side: packages, size, definition and time. Their numbers are in the history.'}
      </p>
      <div className="grid grid-cols-2 items-start gap-3">
        <TextField
          label="From build"
          name="a"
          inputMode="numeric"
          maxLength={11}
          defaultValue={from.text}
          error={from.problem}
          placeholder="11"
        />
        <TextField
          label="To build"
          name="b"
          inputMode="numeric"
          maxLength={11}
          defaultValue={to.text}
          error={to.problem}
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
