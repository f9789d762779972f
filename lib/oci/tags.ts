import { answerError } from './answer-error.ts';
import { readBounded } from './body.ts';
import { isObject } from './descriptor.ts';
import { type Place, RegistryAnswerError } from './errors.ts';
import { readErrorBody, retryBroken } from './exchange.ts';
import { isTag } from './reference.ts';
import type { Source } from './source.ts';

export interface ListTagsOptions {
  readonly repository: string;
  /** The most that are listed. */
  readonly tagsMax: number;
  readonly signal: AbortSignal;
}

export interface TagList {
  /** In the registry's order, which is mostly that of letters. */
  readonly tags: readonly string[];
  /** Whether these are all. */
  readonly isWhole: boolean;
}

/**
 * Lists tags, page by page, up to a bound. What is no tag is left out.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 * @throws RepositoryUnknownError, AccessDeniedError, SignInRefusedError, RegistryAnswerError, and what an exchange throws
 */
export async function listTags(source: Source, options: ListTagsOptions): Promise<TagList> {
  const { tagsMax } = options;
  const tags: string[] = [];
  let query: string | undefined = `?n=${Math.min(tagsMax, pageTagsMax)}`;
  for (let page = 0; query !== undefined && page < pagesMax && tags.length < tagsMax; page += 1) {
    const found: Page = await readPage(source, options, query);
    // A page that brings nothing and names a next one would go on for ever.
    if (found.tags.length === 0) return { tags, isWhole: found.nextQuery === undefined };
    tags.push(...found.tags);
    query = found.nextQuery;
  }
  return { tags: tags.slice(0, tagsMax), isWhole: query === undefined && tags.length <= tagsMax };
}

/** Registries answer with 1,000 at most (ECR, Artifact Registry) or with all. */
const pageTagsMax = 1_000;
/** Some give 100 a page whatever is asked: enough pages for as many tags as a person would look through. */
const pagesMax = 10;
/** A thousand tags of the greatest length, 128, in JSON. Registries without pages send what they have, up to here. */
const pageBytesMax = 1024 * 1024;

interface Page {
  readonly tags: readonly string[];
  readonly nextQuery: string | undefined;
}

async function readPage(source: Source, options: ListTagsOptions, query: string): Promise<Page> {
  const { repository, signal } = options;
  const place = source.place(repository);
  return retryBroken(source.around, { place, signal }, async () => {
    const answer = await source.send({
      method: 'GET',
      path: `${repository}/tags/list${query}`,
      place,
      signal,
    });
    const { status, headers, isElsewhere } = answer;
    if (status !== 200) {
      const error = await readErrorBody(source.around, answer, signal);
      throw answerError({ status, error, place, hadCredentials: source.hadCredentials, isElsewhere });
    }
    const { idleTimeoutMs } = source.around.limits;
    const bytes = await readBounded({
      answer,
      noun: 'list of tags',
      bytesMax: pageBytesMax,
      idleTimeoutMs,
      signal,
    });
    return { tags: parseTags(bytes, place), nextQuery: nextQuery(headers.get('link'), answer.url) };
  });
}

function parseTags(bytes: Uint8Array, place: Place): readonly string[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    json = undefined;
  }
  if (!isObject(json)) throw new RegistryAnswerError({ place, why: 'Its list of tags is not JSON.' });
  const { tags } = json;
  // Distribution answers null for a repository whose tags were all deleted.
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string' && isTag(tag)) : [];
}

/**
 * The query of the next page. Its address is not called as it stands: only what it asks, of the same list.
 * https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
function nextQuery(link: string | null, url: URL): string | undefined {
  const target = /<([^<>]{1,2000})>\s*;[^<]*\brel="?next"?/i.exec(
    (link ?? '').slice(0, linkCharactersMax),
  )?.[1];
  if (target === undefined || !URL.canParse(target, url)) return undefined;
  const { search } = new URL(target, url);
  return search === '' || search === url.search ? undefined : search;
}

const linkCharactersMax = 8_192;
