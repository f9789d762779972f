import { TokenAddressRefusedError } from './google-errors.ts';

/** Where a key file sends its grants when it does not say: https://developers.google.com/identity/protocols/oauth2/service-account */
const usualTokenUri = 'https://oauth2.googleapis.com/token';

/** https://cloud.google.com/iam/docs/keys-create-delete, and the addresses that older key files hold. */
const googleTokenUris: ReadonlySet<string> = new Set([
  usualTokenUri,
  'https://accounts.google.com/o/oauth2/token',
  'https://www.googleapis.com/oauth2/v3/token',
  'https://www.googleapis.com/oauth2/v4/token',
]);

/** Whether the `token_uri` of a key file is Google's own address; a file that holds none means Google's. */
export function isGoogleTokenUri(uri: unknown): boolean {
  return uri === undefined || (typeof uri === 'string' && googleTokenUris.has(uri));
}

/**
 * The address that a key file's grants go to, as the file spells it. A key file is user input, and a grant is as good as a password for an hour: it
 * goes to Google, or where the operator of this server says.
 * @throws TokenAddressRefusedError for any other address
 */
export function tokenAddressOf(options: {
  readonly tokenUri: string | undefined;
  /** `tokenUris` of registries.json. */
  readonly allowed: readonly string[];
}): string {
  const { tokenUri = usualTokenUri, allowed } = options;
  if (isGoogleTokenUri(tokenUri) || allowed.includes(tokenUri)) return tokenUri;
  throw new TokenAddressRefusedError({ tokenUri });
}
