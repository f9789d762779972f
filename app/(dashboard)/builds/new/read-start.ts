import { notFound, redirect } from 'next/navigation';
import { readRecipe } from '#lib/builds/data.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { getImage, readRevision } from '#lib/images/data.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { sourceNamedBy } from '../../_components/read-reference.ts';
import { type BuildDraft, draftOf, type ImageNow, type SecretChoice } from './_components/build-draft.ts';
import { defaultPlatform } from './_components/platforms.ts';

export type NewBuildQuery = Readonly<Record<string, string | string[] | undefined>>;

/** What the form begins with. */
export interface BuildStart {
  /** What is edited: the form of another is another form. */
  readonly key: string;
  readonly start: BuildDraft;
  /** The earlier revision that it begins with, if it does. */
  readonly fromRevision?: number;
  readonly now: ImageNow | null;
}

/** What the address asks for. Answers with another page for a build of an image, which is edited where images are. */
export async function readStart(options: {
  readonly scope: Scope;
  readonly query: NewBuildQuery;
  readonly secrets: readonly SecretChoice[];
}): Promise<BuildStart> {
  const { scope, query, secrets } = options;
  if (query.image === '') return { key: 'image', start: { ...emptyDraft, imageName: '' }, now: null };
  if (typeof query.image === 'string') {
    return typeof query.revision === 'string'
      ? goBackTo(scope, query.image, query.revision)
      : editOf(scope, query.image);
  }
  if (typeof query.build === 'string') return repeatOf(scope, query.build);
  const [text, platform, secretName] = [query.reference, query.platform, query.secret].map(textOf);
  const secret = secrets.find(({ name }) => name === secretName);
  return {
    key: ['build', text, platform, secretName].join(' ').trimEnd(),
    start: {
      ...emptyDraft,
      text: text ?? '',
      source: sourceNamedBy(text ?? '') ?? secret?.type ?? emptyDraft.source,
      platform: platform || defaultPlatform,
      secretName: secret?.name ?? null,
      isSecretChosen: secret !== undefined,
    },
    now: null,
  };
}

const emptyDraft: BuildDraft = {
  imageName: null,
  basedOn: null,
  source: 'docker_hub',
  text: '',
  platform: defaultPlatform,
  secretName: null,
  isSecretChosen: false,
  python: null,
  steps: [],
};

async function editOf(scope: Scope, name: string): Promise<BuildStart> {
  const key = `image ${name}`;
  const image = await unlessAbsent(getImage({ scope, name }));
  if (image === null) return { key, start: emptyDraft, now: { name, newest: null } };
  const { definition, revision, changedByName } = image;
  return {
    key,
    start: draftOf(definition, { imageName: name, basedOn: revision }),
    now: { name, newest: { number: revision, byName: changedByName } },
  };
}

/** An edit of the image as it is now that begins with what an earlier revision said. */
async function goBackTo(scope: Scope, name: string, text: string): Promise<BuildStart> {
  if (!isNumber(text)) notFound();
  const edit = await editOf(scope, name);
  const key = `${edit.key} r${text}`;
  // What was typed outlives the image: whether there is such a text the form knows.
  if (edit.now?.newest === null) return { ...edit, key };
  const definition = await unlessAbsent(readRevision({ scope, name, number: Number(text) }));
  if (definition === null) notFound();
  const { imageName, basedOn } = edit.start;
  return {
    ...edit,
    key,
    start: draftOf(definition, { imageName, basedOn }),
    fromRevision: Number(text),
  };
}

async function repeatOf(scope: Scope, text: string): Promise<BuildStart> {
  if (!isNumber(text)) notFound();
  const recipe = await unlessAbsent(readRecipe({ scope, number: Number(text) }));
  if (recipe === null) notFound();
  if (recipe.imageName !== null) redirect(`/builds/new?image=${encodeURIComponent(recipe.imageName)}`);
  return {
    key: `build #${text}`,
    start: draftOf(recipe, { imageName: null, basedOn: null }),
    now: null,
  };
}

async function unlessAbsent<Found>(found: Promise<Found>): Promise<Found | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

/** Of a build or a revision, as far as the database counts. */
function isNumber(text: string): boolean {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= 2_147_483_647;
}

function textOf(parameter: string | string[] | undefined): string {
  return typeof parameter === 'string' ? parameter.slice(0, 1000) : '';
}
