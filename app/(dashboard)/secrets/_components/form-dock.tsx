import { Button } from '#app/_components/button.tsx';

/** The bar that stays at the foot of the form. */
export function FormDock(props: {
  readonly cancelHref: string;
  readonly saveLabel: string;
  readonly isSaving: boolean;
  readonly disabledReason: string | undefined;
}) {
  return (
    <div className="sticky bottom-0 z-10 flex items-center gap-2.5 rounded-b-lg border-line border-t bg-surface py-3 pr-4 pl-6 max-md:bottom-[60px] max-md:rounded-none max-md:px-4 max-md:py-2.5 max-md:*:flex-1">
      <p className="flex-1 text-ink-3 max-md:hidden">
        Sealed in this browser with the server’s key before it is sent
      </p>
      <Button variant="ghost" href={props.cancelHref}>
        Cancel
      </Button>
      <Button
        type="submit"
        variant="primary"
        isBusy={props.isSaving}
        busyLabel="Saving"
        disabledReason={props.disabledReason}
      >
        {props.saveLabel}
      </Button>
    </div>
  );
}
