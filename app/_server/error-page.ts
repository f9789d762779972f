import type { ErrorReport } from '#lib/errors/report.ts';

/**
 * A failure as a page of its own, for browsers that follow a link to a file: no page of Next's can have such a status. What is in it
 * needs no style sheet and no script.
 */
export function errorPage(options: {
  readonly error: ErrorReport;
  readonly status: number;
  /** An address of this server, already encoded. */
  readonly backTo: string;
}): string {
  const { error, status, backTo } = options;
  const [what, why, next] = [error.what, error.why, error.next].map(escapeHtml);
  const [href, label] = status === 401 ? ['/sign-in', 'Sign in'] : [backTo, 'Back'];
  return `<!doctype html>
<html lang="en" style="color-scheme: light dark">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${what}</title>
<main style="max-width: 36rem; margin: 18vh auto 0; padding: 0 1.5rem; font: 15px/1.6 system-ui, sans-serif">
<h1 style="font-size: 1.35rem; line-height: 1.3">${what}</h1>
<p>${why}</p>
<p>${next}</p>
<p><a href="${escapeHtml(href ?? '/')}">${label}</a></p>
<p style="font: 12px ui-monospace, monospace; opacity: 0.7">${status} ${escapeHtml(error.code)}</p>
</main>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
