import { valueCharactersMax } from './schema.ts';
import { readServiceAccount } from './service-account.ts';
import { present, readFields, type TypeCheck } from './type-check.ts';

const key = 'SERVICE_ACCOUNT_JSON';

export function checkGcp(typed: Readonly<Record<string, string>>): TypeCheck {
  const { values, problems } = readFields('gcp', typed);
  const text = values[key];
  if (text === undefined || problems[key] !== undefined) return { values, facts: {}, problems, warnings: {} };
  const account = readServiceAccount(text);
  if ('problem' in account)
    return { values, facts: {}, problems: { ...problems, [key]: account.problem }, warnings: {} };
  // Line ends and indents that were missing count as well, or what is sealed here would be refused when opened.
  if (account.json.length > valueCharactersMax) {
    return {
      values,
      facts: {},
      problems: { ...problems, [key]: 'Shorten the file to 32,768 characters.' },
      warnings: {},
    };
  }
  const { json, clientEmail, projectId, privateKeyId, foreignTokenUri } = account;
  return {
    values: { [key]: json },
    facts: { client_email: clientEmail, project_id: projectId, private_key_id: privateKeyId },
    problems,
    warnings: present({
      [key]:
        foreignTokenUri === undefined
          ? undefined
          : 'Its token_uri is not Google’s. Builds use it only if registries.json on the server allows that address.',
    }),
  };
}
