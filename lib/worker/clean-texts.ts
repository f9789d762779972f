import { type BuildEvent, buildEventSchema } from '#lib/builds/schema.ts';
import type { ErrorReport } from '#lib/errors/report.ts';
import { errorReportSchema } from '#lib/errors/schema.ts';
import { type ImageContents, imageContentsSchema } from '#lib/images/contents.ts';
import { type PreflightView, preflightViewSchema } from '#lib/preflight/schema.ts';

/** Keys under which one of our own words or a digest stands: a password that happens to be such a word hides nothing. */
const wordKeys: ReadonlySet<string> = new Set(['kind', 'stage', 'state', 'level', 'code', 'digest']);
/** Of checks, the name is one of our own words as well. */
const viewWordKeys: ReadonlySet<string> = new Set([...wordKeys, 'name']);

/** Every free text in a value cleaned, and free of what the database cannot hold (NUL, half surrogates). */
function cleanTexts(value: unknown, clean: (text: string) => string, words = wordKeys): unknown {
  if (typeof value === 'string') return storable(clean(value));
  if (Array.isArray(value)) return value.map((inner) => cleanTexts(inner, clean, words));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      typeof inner === 'string' && words.has(key) ? inner : cleanTexts(inner, clean, words),
    ]),
  );
}

/** Something that a build says, as it leaves the process. */
export function cleanEvent(event: BuildEvent, clean: (text: string) => string): BuildEvent {
  const words = event.kind === 'preflight' ? viewWordKeys : undefined;
  return buildEventSchema.parse(cleanTexts(event, clean, words));
}

/** A failure as it leaves the process that met it: a registry's own words may be in it. */
export function cleanReport(report: ErrorReport, clean: (text: string) => string): ErrorReport {
  return errorReportSchema.parse(cleanTexts(report, clean));
}

/** What was learnt of an image as it leaves the process: files of an image may hold anything. */
export function cleanContents(contents: ImageContents, clean: (text: string) => string): ImageContents {
  return imageContentsSchema.parse(cleanTexts(contents, clean));
}

/** The same for a preflight as it stands. */
export function cleanView(view: PreflightView, clean: (text: string) => string): PreflightView {
  return preflightViewSchema.parse(cleanTexts(view, clean, viewWordKeys));
}

function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed();
}
