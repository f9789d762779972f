import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { requireScope } from '#lib/auth/session.ts';
import { getBuild, neighbours } from '#lib/builds/data.ts';
import { NotFoundError } from '#lib/errors/not-found.ts';
import { BuildScreen } from './_components/build-screen.tsx';

interface BuildPageProps {
  readonly params: Promise<{ readonly number: string }>;
}

export async function generateMetadata({ params }: BuildPageProps): Promise<Metadata> {
  const { head, view } = await readBuild((await params).number);
  return { title: `#${head.number} ${view.state} · Slipway` };
}

export default async function BuildPage({ params }: BuildPageProps) {
  const scope = await requireScope();
  const build = await readBuild((await params).number);
  const { number } = build.head;
  return <BuildScreen key={number} {...build} neighbours={await neighbours({ scope, number })} />;
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
