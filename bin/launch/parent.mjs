/**
 * Under `npm start`, ends this process as SIGTERM does when npm is gone, even by kill -9: whoever ends npm means what
 * npm runs. Started in any other way, it may outlive whoever started it, as with nohup.
 */
export function endWithParent() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, everyMs);
  timer.unref();
}

const everyMs = 500;
