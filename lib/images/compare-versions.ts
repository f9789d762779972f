import { comparePythonVersions } from './compare-python-versions.ts';
import type { PackageKind } from './contents.ts';

/** Which of two versions is newer: less than 0 when the first is older, 0 when neither is. */
export function compareVersions(kind: PackageKind, one: string, other: string): number {
  return kind === 'python' ? comparePythonVersions(one, other) : compareByParts(partings[kind], one, other);
}

/**
 * Debian's order, and with a tilde for what comes before a release Alpine's too.
 * https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
 */
function compareByParts(part: (version: string) => Version, one: string, other: string): number {
  const [a, b] = [part(one), part(other)];
  return (
    compareNumbers(a.epoch, b.epoch) ||
    compareParts(a.upstream, b.upstream) ||
    compareParts(a.revision, b.revision)
  );
}

interface Version {
  /** Digits. */
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

const partings: Readonly<Record<'debian' | 'alpine', (version: string) => Version>> = {
  debian(version) {
    const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? [];
    const at = rest.lastIndexOf('-');
    return at < 0
      ? { epoch, upstream: rest, revision: '' }
      : { epoch, upstream: rest.slice(0, at), revision: rest.slice(at + 1) };
  },
  // https://wiki.alpinelinux.org/wiki/Package_policies#Package_version
  alpine(version) {
    const [upstream = '', revision = ''] = version.split(/-r(?=\d+$)/, 2);
    const written = upstream.replace(/_(alpha|beta|pre|rc)/, '~$1').replace(/_(?=[a-z])/, '+');
    return { epoch: '0', upstream: written, revision };
  },
};

/** Stretches without digits and numbers in turn, each with its own order. */
function compareParts(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [left = '', right = ''] = [a[at], b[at]];
    const order = at % 2 === 0 ? compareText(left, right) : compareNumbers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

/** The first is a stretch without digits, be it empty. */
function partsOf(text: string): readonly string[] {
  return text.split(/(\d+)/);
}

function compareText(one: string, other: string): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const order = weightOf(one, at) - weightOf(other, at);
    if (order !== 0) return order;
  }
  return 0;
}

/** A tilde, the end, letters, the rest. */
function weightOf(text: string, at: number): number {
  const character = text.charAt(at);
  if (character === '~') return -1;
  if (character === '') return 0;
  const code = character.charCodeAt(0);
  return /[a-z]/i.test(character) ? code : code + 65_536;
}

/** Of any length, so compared as text. */
function compareNumbers(one: string, other: string): number {
  const [a, b] = [one, other].map((digits) => digits.replace(/^0+/, '')) as [string, string];
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}
