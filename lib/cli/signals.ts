/**
 * A signal that fires when the process is asked to end: Ctrl-C, SIGTERM, SIGHUP, or the end of the process that
 * started it and watches over it. A second request, once a person can have seen that the first was heard, ends the
 * process at once; `process.on('exit')` listeners still run.
 */
export function watchSignals(): AbortSignal {
  const controller = new AbortController();
  let askedAt: number | null = null;
  const ask = (exitCode: number) => {
    const now = Date.now();
    if (askedAt === null) {
      askedAt = now;
      controller.abort();
    } else if (now - askedAt > echoMs) {
      process.exit(exitCode);
    }
  };
  process.on('SIGINT', () => ask(130));
  process.on('SIGTERM', () => ask(143));
  process.on('SIGHUP', () => ask(129));
  process.on('disconnect', () => controller.abort());
  // Listening for the end of the channel must not keep a finished command alive.
  process.channel?.unref();
  return controller.signal;
}

/** One Ctrl-C arrives up to three times: from the terminal, from npm and from the launcher. */
const echoMs = 1_000;
