'use client';

/** When even the root layout fails there are no styles to count on: plain words. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <main>
          <h1>Slipway cannot show this page now</h1>
          <p>It met a fault of its own. Load the page again; if it stays, look at the server log.</p>
        </main>
      </body>
    </html>
  );
}
