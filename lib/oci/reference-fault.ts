import { isDigest, whyNoDigest } from './digest.ts';
import { plain } from './plain-text.ts';
import { grammar } from './reference-grammar.ts';

/** What is wrong with a reference, why, and what to write instead. */
export interface ReferenceFault {
  readonly why: string;
  readonly next: string;
  readonly suggestion?: string;
}

/**
 * Explains why the grammar refuses a text, naming the part at fault. Proposes another text only where it is certain
 * what was meant; `isReference` tells whether the proposal would be taken.
 */
export function referenceFault(text: string, isReference: (text: string) => boolean): ReferenceFault {
  const fault = findFault(text);
  const { suggestion } = fault;
  if (suggestion === undefined || !isReference(suggestion)) return { why: fault.why, next: fault.next };
  return { why: fault.why, next: `Did you mean ${suggestion}?`, suggestion };
}

const example = 'Write it like ghcr.io/acme/app:1.4, with a tag or a digest at the end.';

function findFault(text: string): ReferenceFault {
  const trimmed = text.trim();
  if (trimmed === '') return { why: 'It is empty.', next: example };
  if (trimmed !== text) {
    return {
      why: 'It begins or ends with white space.',
      next: 'Take the white space away.',
      suggestion: trimmed,
    };
  }
  return (
    wholeFault(text) ??
    partFault(text) ?? { why: 'It does not follow the form of a reference.', next: example }
  );
}

/** Faults that show in the text as a whole. */
function wholeFault(text: string): ReferenceFault | undefined {
  const command = /^(?:(?:docker|podman|nerdctl)\s+pull|FROM)\s+(\S+)$/i.exec(text)?.[1];
  if (command !== undefined) {
    return { why: 'It is a command.', next: 'Give the reference alone.', suggestion: command };
  }
  if (/\s/.test(text)) return { why: 'It holds white space.', next: 'Write it in one piece.' };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text);
  if (scheme !== null) {
    const rest = scheme[2] ?? '';
    const why = `It begins with ${plain(scheme[1] ?? '', 20)}://, and a reference has no scheme.`;
    return {
      why,
      next: 'Take the scheme away.',
      suggestion: rest.replace(/^(?:[^/]*)\/v2\//, (m) => m.replace('v2/', '')),
    };
  }
  if (text.length > 1024) return { why: 'It is longer than any reference can be.', next: example };
  if (grammar.identifier.test(text)) {
    return {
      why: 'It is 64 hexadecimal digits: an image id, which no registry can look up.',
      next: 'Write the repository too, for example ghcr.io/acme/app@sha256: and these digits.',
    };
  }
  if (/^\[[^/]*$/.test(text)) return { why: 'It names no repository.', next: example };
  const stray = /[^A-Za-z0-9._:@/[\]+-]/u.exec(text)?.[0];
  if (stray !== undefined) {
    const why = `It holds “${plain(stray, 4)}”, which no reference may.`;
    return { why, next: 'Use letters, digits, and . _ - / : @ only.' };
  }
  if (text.split('@').length > 2)
    return { why: 'It holds more than one @.', next: 'Keep one digest at the end.' };
  return undefined;
}

/** Faults of one part: digest, tag, path, host. The path is looked at without its first part, which may be a host. */
function partFault(text: string): ReferenceFault | undefined {
  const at = text.indexOf('@');
  const name = at < 0 ? text : text.slice(0, at);
  if (at >= 0) {
    const digest = text.slice(at + 1);
    if (!isDigest(digest)) {
      return {
        why: digest === '' ? 'Nothing follows the @.' : `The digest is not complete. ${whyNoDigest(digest)}`,
        next: 'Copy the digest whole: sha256: and 64 hexadecimal digits.',
        ...(isDigest(digest.toLowerCase()) ? { suggestion: `${name}@${digest.toLowerCase()}` } : {}),
      };
    }
  }
  const lastSlash = name.lastIndexOf('/');
  const colon = name.indexOf(':', lastSlash + 1);
  const path = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  if (tag !== undefined && !grammar.tag.test(tag)) return tagFault(tag);
  return pathFault({ path, rest: text.slice(path.length) });
}

function tagFault(tag: string): ReferenceFault {
  if (tag === '')
    return { why: 'Nothing follows the last colon.', next: 'Write a tag after it, or take it away.' };
  if (tag.length > 128) {
    return { why: `The tag has ${tag.length} characters; 128 is the most.`, next: 'Write a shorter tag.' };
  }
  return {
    why: `“${plain(tag, 60)}” is not a tag.`,
    next: 'A tag has letters, digits, _ . and -, and begins with a letter, a digit or _.',
  };
}

function pathFault(options: { readonly path: string; readonly rest: string }): ReferenceFault | undefined {
  const { path, rest } = options;
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const repository = isHost ? path.slice(slash + 1) : path;
  const before = isHost ? `${first}/` : '';
  if (path === '' || repository === '') return { why: 'It names no repository.', next: example };
  if (isHost && !grammar.domain.test(first)) {
    return {
      why: `“${plain(first, 80)}” is not a host name with an optional port.`,
      next: 'Write the host like registry.example.com or registry.example.com:5000.',
    };
  }
  if (/[A-Z]/.test(repository)) {
    const suggestion = `${before}${repository.toLowerCase()}${rest}`;
    return { why: 'A repository is written in lower case.', next: 'Write it in lower case.', suggestion };
  }
  if (repository.length > 255) {
    return {
      why: `The repository has ${repository.length} characters; 255 is the most.`,
      next: 'Check that it was pasted once.',
    };
  }
  if (/\/\/|^\/|\/$/.test(path))
    return { why: 'A part between two slashes is empty.', next: 'Take the needless slash away.' };
  const part = repository.split('/').find((one) => !grammar.repository.test(one));
  if (part === undefined) return undefined;
  return {
    why: `“${plain(part, 60)}” is not a part of a repository's path.`,
    next: 'Each part has lower-case letters and digits, joined by one . or _, by __, or by dashes.',
  };
}
