'use client';

import { useEffect, useRef } from 'react';
import { knownBuilds, type ShownBuild, takeRows } from './image-news.ts';
import { followRows } from './live-rows.ts';
import { useSafeRefresh } from './use-safe-refresh.ts';

/**
 * Reads the page anew when a build of an image that it shows begins or comes to another state, as long as the page is
 * looked at; else when it is again. Shows nothing itself.
 *
 * @param props.shown the builds on the page, by the image's name. An image without any has an empty list.
 */
export function FollowImages(props: { readonly shown: Readonly<Record<string, readonly ShownBuild[]>> }) {
  const { shown } = props;
  const { refresh } = useSafeRefresh();
  const known = useRef(knownBuilds(shown));
  useEffect(() => {
    known.current = knownBuilds(shown, known.current);
  }, [shown]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isDue = false;

    function readIfDue() {
      if (!isDue || timer !== undefined || document.visibilityState === 'hidden') return;
      isDue = false;
      void refresh();
      timer = setTimeout(() => {
        timer = undefined;
        readIfDue();
      }, paceMs);
    }

    document.addEventListener('visibilitychange', readIfDue);
    const leave = followRows((message) => {
      if (message.kind === 'rows') {
        const taken = takeRows(known.current, message.rows);
        known.current = taken.known;
        isDue ||= taken.isNews;
      }
      // Rows may have changed unheard since the page was made: in a gap, or while the browser kept it to go back to.
      if (message.kind === 'opened') isDue = true;
      readIfDue();
    });
    return () => {
      leave();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', readIfDue);
    };
  }, [refresh]);
  return null;
}

/** Builds that begin and end together are read together. */
const paceMs = 1000;
