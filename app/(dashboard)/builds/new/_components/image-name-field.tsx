import { TextField } from '#app/_components/text-field.tsx';
import { imageNameSchema } from '#lib/images/schema.ts';

/** What the image is called; read only once it has a revision. */
export function ImageNameField(props: {
  readonly name: string;
  readonly isKept: boolean;
  /** The build on the form is just being made an image. */
  readonly isNamedNow: boolean;
  readonly isSubmitted: boolean;
  readonly error: string | undefined;
  readonly onChange: (name: string) => void;
}) {
  return (
    <TextField
      label="Image name"
      value={props.name}
      onChange={props.onChange}
      error={(props.isSubmitted ? nameProblem(props.name) : undefined) ?? props.error}
      hint="Builds of it are found under this name. Lower case, digits and hyphens."
      isReadOnly={props.isKept}
      hasAutoFocus={props.isNamedNow}
      autoComplete="off"
      maxLength={80}
      isMono
      isRequired
    />
  );
}

/** What is wrong with a name; null is none, and nothing is wrong with that. */
export function nameProblem(name: string | null): string | undefined {
  return name === null ? undefined : imageNameSchema.safeParse(name).error?.issues[0]?.message;
}
