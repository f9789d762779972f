import type { SelectOption } from '#app/_components/select.tsx';

/** Stands for none in the list, which has values for all that can be chosen. */
export const noPython = 'none';

/** Series that get fixes, newest first. https://devguide.python.org/versions/ */
const series = ['3.14', '3.13', '3.12', '3.11', '3.10'];

/** @param asked what a definition says already, which may be older than the list; null for none */
export function pythonOptions(...asked: readonly (string | null)[]): readonly SelectOption[] {
  const all = new Set([...series, ...asked.filter((each) => each !== null)]);
  return [
    { value: noPython, label: 'None', detail: 'Whatever the base has' },
    ...[...all].map((value) => ({ value, label: `Python ${value}` })),
  ];
}
