import { Button, buttonClass } from '#app/_components/button.tsx';
import { Note } from '#app/_components/note.tsx';
import type { NewestRevision } from './build-draft.ts';

/** Somebody saved the image while it was edited here. Saving over it is for the reader to decide. */
export function ImageChanged(props: {
  readonly name: string;
  readonly newest: NewestRevision;
  readonly isSaving: boolean;
  readonly onSaveOver: () => void;
}) {
  const { name, newest } = props;
  return (
    <Note tone="warn" role="alert">
      <p>
        {newest.byName} saved revision {newest.number} of {name} after you began. What you typed is still
        here, and not saved.
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        <a
          href={`/images/${encodeURIComponent(name)}#r${newest.number}`}
          target="_blank"
          rel="noreferrer"
          className={buttonClass({ variant: 'outline', size: 'sm' })}
        >
          Look at revision {newest.number}
        </a>
        <Button size="sm" isBusy={props.isSaving} busyLabel="Saving" onClick={props.onSaveOver}>
          Save over it
        </Button>
      </div>
    </Note>
  );
}

/** Somebody deleted the image while it was edited here. Whether it is to be there again is for the reader to decide. */
export function ImageDeleted(props: {
  readonly name: string;
  readonly isSaving: boolean;
  readonly onSaveAsNew: () => void;
}) {
  return (
    <Note tone="warn" role="alert">
      <p>
        The image {props.name} was deleted after you began. What you typed is still here: save it as a new
        image, under this name or another.
      </p>
      <Button
        size="sm"
        isBusy={props.isSaving}
        busyLabel="Saving"
        className="mt-2"
        onClick={props.onSaveAsNew}
      >
        Save as a new image
      </Button>
    </Note>
  );
}
