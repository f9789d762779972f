import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { requireScope } from '#lib/auth/session.ts';
import { type BuildBefore, buildBeforeOf } from '#lib/builds/build-before.ts';
import { findBuildBefore, getBuild, neighbours, outlineBuild } from '#lib/builds/data.ts';
import type { BuildHead } from '#lib/builds/types.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { lastPushOf, listPushes, readPushTarget } from '#lib/push/data.ts';
import { listSecrets } from '#lib/secrets/data.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { proposalOf } from '../_components/push-secret.ts';
import { choiceOf } from '../new/_components/secret-choice.ts';
import { BuildScreen } from './_components/build-screen.tsx';
import { buildTitle } from './_components/build-title.ts';
import type { Pushing } from './_components/pushes.tsx';

interface BuildPageProps {
  readonly params: Promise<{ readonly number: string }>;
}

export async function generateMetadata({ params }: BuildPageProps): Promise<Metadata> {
  const { head, view } = await readBuild((await params).number);
  return { title: { absolute: buildTitle(head, view.state) } };
}

export default async function BuildPage({ params }: BuildPageProps) {
  const scope = await requireScope();
  const build = await readBuild((await params).number);
  const { number } = build.head;
  const [around, before, pushing] = await Promise.all([
    neighbours({ scope, number }),
    readBefore(scope, number),
    readPushing(scope, build.head),
  ]);
  return <BuildScreen key={number} {...build} neighbours={around} before={before} pushing={pushing} />;
}

async function readBefore(scope: Scope, number: number): Promise<BuildBefore | null> {
  const before = await findBuildBefore({ scope, number });
  return before === null ? null : buildBeforeOf(await outlineBuild({ scope, number: before }));
}

/** The pushes of the build, and what a further one is proposed with. */
async function readPushing(scope: Scope, head: BuildHead): Promise<Pushing> {
  const { number, image } = head;
  const [pushes, rows, target, last] = await Promise.all([
    listPushes({ scope, number }),
    listSecrets({ scope }),
    // The image may have been deleted since.
    image === null ? null : readPushTarget({ scope, image: image.name }).catch(() => null),
    lastPushOf({ scope, build: head }),
  ]);
  const proposal = proposalOf({ target, last, baseSecret: head.secret?.name });
  return { pushes, secrets: rows.flatMap(choiceOf), proposal };
}

/** Read once for the page and its title. */
const readBuild = cache(async (text: string) => {
  const scope = await requireScope();
  if (!/^[1-9]\d{0,9}$/.test(text)) notFound();
  try {
    return await getBuild({ scope, number: Number(text) });
  } catch (error) {
    if (error instanceof NotFoundError) notFound();
    throw error;
  }
});
