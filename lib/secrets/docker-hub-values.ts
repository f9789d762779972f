import { type Finding, present, publicValues, readFields, type TypeCheck } from './type-check.ts';

/** https://docs.docker.com/security/access-tokens/ */
export function checkDockerHub(typed: Readonly<Record<string, string>>): TypeCheck {
  const { values, problems } = readFields('docker_hub', typed);
  const { REGISTRY_USERNAME: username = '', REGISTRY_PASSWORD: token = '' } = values;
  return {
    values,
    facts: publicValues('docker_hub', values),
    problems: { ...present({ REGISTRY_USERNAME: usernameProblem(username, token) }), ...problems },
    warnings: present({
      REGISTRY_USERNAME: usernameWarning(username),
      REGISTRY_PASSWORD: tokenWarning(token),
    }),
  };
}

/** What any registry's username cannot be. Basic authentication ends the user name at the first colon: https://www.rfc-editor.org/rfc/rfc7617.html#section-2 */
export function usernameProblem(username: string, token: string): Finding {
  if (username.includes(':'))
    return 'Leave out the colon and what follows it: the token has a field of its own.';
  // A username is public: a token that is typed here must not be saved.
  const isTwice = username === token && token.length >= tokenCharactersMin;
  if (isTwice || /^(?:dckr_[a-z]{3}_|gh[a-z]_|github_pat_|gl[a-z]+-)/.test(username)) {
    return 'This looks like a token. Put it into the field below, and the name that it belongs to here.';
  }
  // Facts are shown in tables and kept in the open; no registry has longer names.
  if (username.length > 255) return 'Shorten the username to 255 characters.';
  return undefined;
}

/** Shorter texts in both fields may be meant so: a test registry with one word for both. */
const tokenCharactersMin = 16;

function usernameWarning(username: string): Finding {
  if (username.includes('@'))
    return 'Use the Docker ID, not the email address: registries sign in by Docker ID.';
  return undefined;
}

/** Older personal tokens are UUIDs. */
const tokenShape = /^(?:dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

function tokenWarning(token: string): Finding {
  if (token === '' || tokenShape.test(token)) return undefined;
  if (/^dckr_(?:pat|oat)_/.test(token))
    return 'This token is shorter than Docker’s are. Copy it again, whole.';
  return 'This does not look like an access token (dckr_pat_… or dckr_oat_…). A password can do everything on the account and stops working with two-factor sign-in: make a read-only token instead.';
}
