/** An image on the slip: plates set, one moving, four that wait. Decoration. */
export function SlipArt() {
  return (
    <div className="relative overflow-hidden max-lg:hidden" aria-hidden="true">
      <svg viewBox="0 0 720 900" preserveAspectRatio="xMinYMid slice" className="absolute inset-0 size-full">
        <title>A slipway</title>
        <defs>
          <pattern
            id="hatch"
            width="9"
            height="9"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(20)"
          >
            <path d="M0 0v9" className="stroke-plate-waiting" strokeWidth="2" />
          </pattern>
        </defs>
        <path d="M96 -20V920" className="stroke-primer" strokeWidth="2" />
        {seated.map(({ y, width, look }) => (
          <path key={`${y}-${look}`} d={`M100 ${y}h${width}l-12 34H100z`} className={look} />
        ))}
        {waiting.map(({ x, y, width }) => (
          <path
            key={y}
            d={`M${x} ${y}h${width}l-12 34h-${width}z`}
            fill="url(#hatch)"
            className="stroke-plate-waiting"
            strokeWidth="1.5"
          />
        ))}
      </svg>
    </div>
  );
}

const seated = [
  { y: 212, width: 333, look: 'fill-plate-set' },
  { y: 260, width: 198, look: 'fill-plate-reused' },
  { y: 308, width: 426, look: 'fill-plate-set' },
  { y: 356, width: 114, look: 'fill-plate-reused' },
  { y: 404, width: 296, look: 'fill-plate-set' },
  { y: 452, width: 369, look: 'fill-plate-berth' },
  { y: 452, width: 236, look: 'fill-plate-moving' },
];

const waiting = [
  { x: 187, y: 500, width: 239 },
  { x: 250, y: 548, width: 312 },
  { x: 313, y: 596, width: 156 },
  { x: 376, y: 644, width: 270 },
];
