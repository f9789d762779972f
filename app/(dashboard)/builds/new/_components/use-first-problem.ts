'use client';

import { type RefObject, useCallback, useEffect, useState } from 'react';

/** Takes the reader to the first thing of a form that is wrong, as soon as it is shown. */
export function useFirstProblem(form: RefObject<HTMLFormElement | null>): () => void {
  const [askedTimes, setAskedTimes] = useState(0);
  useEffect(() => {
    if (askedTimes === 0) return;
    const problem = form.current?.querySelector<HTMLElement>(problemSelector);
    if (!problem) return;
    const place = placeOf(problem);
    place.scrollIntoView({ block: 'center' });
    place.focus({ preventScroll: true });
  }, [askedTimes, form]);
  return useCallback(() => setAskedTimes((times) => times + 1), []);
}

/** A control that is wrong, the line under what has several, or what is said at the head of the form. */
const problemSelector = '[aria-invalid="true"], [id$="-error"], [data-problem]:not(:empty)';

/** Of a step the field where one goes on typing. */
function placeOf(problem: HTMLElement): HTMLElement {
  if (!problem.id.endsWith('-error')) return problem;
  return (
    problem.closest('li')?.querySelector<HTMLElement>('input:not([type=file]), textarea, button') ?? problem
  );
}
