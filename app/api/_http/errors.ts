import { SlipwayError } from '#lib/errors/slipway-error.ts';

/** A page of another site made the browser ask. */
export class ForeignPageError extends SlipwayError {
  override readonly name = 'ForeignPageError';
  readonly code = 'foreign_page';
  readonly kind = 'denied';

  constructor() {
    super({
      advice: {
        what: 'This request did not come from a page of this dashboard',
        why: 'Only its own pages may ask for this. Nothing was done.',
        next: 'Open the dashboard at its own address. Behind a proxy, it has to pass on the Host header.',
      },
    });
  }
}
