/** A ring filled to the real share done, 0 to 1. Decoration: the number stands beside it in words. */
export function ProgressRing(props: { readonly share: number; readonly className?: string | undefined }) {
  const length = Math.min(1, Math.max(0, props.share)) * circumference;
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" className={props.className ?? 'size-4 flex-none -rotate-90'}>
      <circle cx="8" cy="8" r={radius} fill="none" strokeWidth="2.25" className="stroke-tide-line" />
      <circle
        cx="8"
        cy="8"
        r={radius}
        fill="none"
        strokeWidth="2.25"
        className="stroke-tide-solid transition-[stroke-dasharray] duration-meter ease-linear"
        strokeDasharray={`${length.toFixed(1)} ${circumference.toFixed(1)}`}
      />
    </svg>
  );
}

const radius = 6;
const circumference = 2 * Math.PI * radius;
