import { signInAddress } from '#lib/auth/sign-in-address.ts';
import type { ErrorReport } from '#lib/errors/report.ts';
import { failureOf } from '../api/_http/failure.ts';

/** What is answered to whoever asked for a file that cannot be had: a page where a browser followed a link, else JSON. */
export function refuseFile(
  thrown: unknown,
  ask: {
    /** The header of the request. */
    readonly accept: string | null | undefined;
    /** The page that leads to what can be had instead: an address of this server, already encoded. */
    readonly backTo: string;
  },
): { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const { error, status } = failureOf(thrown);
  const isPage = ask.accept?.includes('text/html') ?? false;
  return {
    status,
    headers: {
      'cache-control': 'no-store',
      'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json',
    },
    body: isPage ? errorPage({ error, status, backTo: ask.backTo }) : JSON.stringify({ error }),
  };
}

/** A page of its own: none of Next's can have such a status. What is in it needs no style sheet and no script. */
function errorPage(options: {
  readonly error: ErrorReport;
  readonly status: number;
  readonly backTo: string;
}): string {
  const { error, status, backTo } = options;
  const [what, why, next] = [error.what, error.why, error.next].map(escapeHtml);
  const [href, label] = status === 401 ? [signInAddress(backTo), 'Sign in'] : [backTo, 'Back'];
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
