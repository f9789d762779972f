/**
 * Asks an address again and again, each time a while after the last answer, for a page that is looked at.
 *
 * @returns how to stop
 */
export function lookAgain<Answer>(options: {
  readonly url: string;
  readonly everyMs: number;
  readonly onAnswer: (answer: Answer) => void;
}): () => void {
  const { url, everyMs, onAnswer } = options;
  const leave = new AbortController();
  let timer = setTimeout(look, everyMs);

  async function look() {
    try {
      if (!document.hidden) {
        const response = await fetch(url, { signal: leave.signal });
        if (response.ok) onAnswer(await response.json());
      }
    } catch {
      // The server is restarting, or the page is being left; the next look will tell.
    }
    if (!leave.signal.aborted) timer = setTimeout(look, everyMs);
  }

  return () => {
    leave.abort();
    clearTimeout(timer);
  };
}
