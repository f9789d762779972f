import { classNames } from '#app/_components/class-names.ts';

/** Where one stands in the set-up. */
export function SetUpSteps(props: { readonly isWorkerSeen: boolean }) {
  const steps = [
    { name: 'Engine', isDone: props.isWorkerSeen, isNow: false },
    { name: 'Owner', isDone: false, isNow: true },
    { name: 'First secret', isDone: false, isNow: false },
  ];
  return (
    <ol aria-label="Set-up" className="mb-[26px] flex gap-1">
      {steps.map((step) => (
        <li
          key={step.name}
          aria-current={step.isNow ? 'step' : undefined}
          className={classNames('flex-1 text-small', step.isNow ? 'font-medium text-ink' : 'text-ink-3')}
        >
          <span aria-hidden className={classNames('mb-[7px] block h-[5px] rake-both-5', barOf(step))} />
          {step.name}
          {step.isDone && <span className="sr-only">, done</span>}
        </li>
      ))}
    </ol>
  );
}

function barOf(step: { readonly isDone: boolean; readonly isNow: boolean }): string {
  if (step.isNow) return 'bg-tide-solid';
  return step.isDone ? 'bg-plate-set' : 'bg-plate-berth';
}
