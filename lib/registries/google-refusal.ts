import type { Advice, SlipwayError } from '#lib/errors/slipway-error.ts';
import { quoted, SignInRefusedError } from '#lib/oci/errors.ts';
import type { GoogleKey } from './google-key.ts';
import { shellWord } from './shell-word.ts';
import { ClockWrongError, TokenServiceAnswerError } from './token-service-errors.ts';

/** A token service's answer that is no token and will not become one by asking again. */
export interface GrantRefusal {
  readonly key: GoogleKey;
  readonly tokenUri: URL;
  /** What was sent: no message may repeat it. */
  readonly assertion: string;
  readonly status: number;
  readonly json: unknown;
  readonly serverDate: string | null;
  readonly nowMs: number;
}

/**
 * What a refused grant means. Google tells most causes apart in words alone, under the one code `invalid_grant`.
 * https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and
 * https://developers.google.com/identity/protocols/oauth2/service-account#error-codes
 */
export function grantRefused(refusal: GrantRefusal): SlipwayError {
  const { tokenUri, status, nowMs } = refusal;
  const service = tokenUri.host;
  const { code, said } = readRefusal(refusal);
  if (status < 400 || code === undefined) {
    const why = `It answered ${status}${status >= 300 && status < 400 ? ', a redirect, which is not followed' : ''}.`;
    return new TokenServiceAnswerError({ service, why });
  }
  if (code === 'invalid_grant' && /reasonable timeframe|\biat\b|\bexp\b/i.test(said)) {
    const serverNowMs = Date.parse(refusal.serverDate ?? '');
    const aheadSeconds = Number.isNaN(serverNowMs) ? undefined : (nowMs - serverNowMs) / 1000;
    return new ClockWrongError({ service, aheadSeconds });
  }
  const advice = adviceOn({ ...refusal, code, said });
  const place = { registry: service };
  return new SignInRefusedError(
    { place, hadCredentials: true, status, said, isAtTokenService: true },
    advice,
  );
}

/** The code of an answer, and its text as far as it repeats nothing secret. */
function readRefusal({ json, assertion, key }: GrantRefusal): {
  readonly code: string | undefined;
  readonly said: string;
} {
  const fields = typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  const { error, error_description: description } = fields;
  const text = typeof description === 'string' ? description : typeof error === 'string' ? error : '';
  const secrets = [assertion, ...assertion.split('.').slice(1), key.privateKey];
  const said = secrets.some((secret) => secret !== '' && text.includes(secret)) ? '' : text;
  return { code: typeof error === 'string' ? error : undefined, said };
}

function adviceOn(refusal: GrantRefusal & { readonly code: string; readonly said: string }): Advice {
  const { key, code, said, tokenUri } = refusal;
  const { clientEmail: account, privateKeyId } = key;
  if (code === 'invalid_grant' && /signature/i.test(said)) {
    return {
      what: 'Google does not accept this key',
      why: `The key ${privateKeyId.slice(0, 12)} of ${account} was deleted or disabled, or it expired.${quoted(said)}`,
      next: 'Create a new key for this account and replace the values of the secret with the new file.',
      paste: {
        title: 'gcloud command',
        text: `gcloud iam service-accounts keys create key.json --iam-account=${shellWord(account)}`,
      },
    };
  }
  if (code === 'invalid_grant' && /not found|disabled|deleted|\brobot\b/i.test(said)) {
    return {
      what: 'Google does not let this service account sign in',
      why: `${account} is disabled or was deleted.${quoted(said)}`,
      next: 'Enable it again, or save the key file of another account that may read the repository.',
      paste: {
        title: 'gcloud command',
        text: `gcloud iam service-accounts enable ${shellWord(account)}`,
      },
    };
  }
  if (code === 'invalid_grant' && /audience/i.test(said)) {
    return {
      what: 'The token service expects another address than the key file’s',
      why: `The grant was made for ${tokenUri.href}, as token_uri in the key file says.${quoted(said)}`,
      next: 'Use the key file as it was downloaded. If an operator’s own token service is meant, token_uri has to be written exactly as that service knows itself.',
    };
  }
  if (code === 'unauthorized_client' || code === 'access_denied' || code === 'invalid_scope') {
    return {
      what: 'Google does not give this service account a token for its registries',
      why: `${account} may sign in, but is not allowed the scope for reading Google Cloud.${quoted(said)}`,
      next: 'Have an administrator of the organisation allow service account keys for this account, or use another account.',
    };
  }
  return {
    what: 'Google refused the sign-in of this service account',
    why: `It answered ${code} for ${account}.${quoted(said === code ? undefined : said)}`,
    next: 'Check in the Google Cloud console, under IAM & Admin, Service Accounts, that the account and its key are active. If not, save a new key.',
  };
}
