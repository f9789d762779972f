/** The mark: three planks on the ramp, the lowest in red lead. */
export function BrandMark(props: { readonly className?: string | undefined }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={props.className ?? 'size-[22px] flex-none'}>
      <path d="M10.6 3.5H22l-1.6 4.4H9z" className="fill-ink opacity-38" />
      <path d="M6.8 9.8h11.4l-1.6 4.4H5.2z" className="fill-ink" />
      <path d="M3 16.1h11.4L12.8 20.5H1.4z" className="fill-primer" />
    </svg>
  );
}
