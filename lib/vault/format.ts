import { keyBytes } from './suite.ts';

/** What is sealed: everything that decides what a secret is and where it may go. */
export interface SecretPayload {
  readonly type: string;
  /** The host, or pattern of hosts, that the values may be sent to; null when to none. */
  readonly host: string | null;
  readonly values: Readonly<Record<string, string>>;
}

/** The row that sealed bytes belong to. They do not open for any other. All three are lower-case UUIDs. */
export interface SealBinding {
  readonly workspaceId: string;
  readonly secretId: string;
  /** Random, chosen by whoever seals. */
  readonly versionId: string;
}

/** HPKE `info`: the purpose of the bytes and the version of their format. */
export const sealInfo: Uint8Array = new TextEncoder().encode('slipway secret, format 1');

/** Most bytes of a sealed record: as base64 it fits into one form post of 1 MB, with five of the longest values in it. */
export const sealedBytesMax = 512 * 1024;

/**
 * HPKE `aad`: workspace, secret and version, each as UTF-8 behind its length in four bytes, so that no two
 * bindings share an encoding.
 */
export function encodeBinding({ workspaceId, secretId, versionId }: SealBinding): Uint8Array {
  const parts = [workspaceId, secretId, versionId].map((text) => new TextEncoder().encode(text));
  return concatBytes(parts.flatMap((part) => [lengthOf(part), part]));
}

/** The plaintext: length of the JSON in four bytes, the JSON, zeros up to a whole number of blocks. */
export function encodePayload({ type, host, values }: SecretPayload): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify({ type, host, values }));
  const used = lengthBytes + json.length;
  const plaintext = new Uint8Array(Math.ceil(used / blockBytes) * blockBytes);
  plaintext.set(lengthOf(json));
  plaintext.set(json, lengthBytes);
  return plaintext;
}

/** The payload, or undefined when the bytes are not exactly what `encodePayload` makes. */
export function decodePayload(plaintext: Uint8Array): SecretPayload | undefined {
  if (plaintext.length === 0 || plaintext.length % blockBytes !== 0) return undefined;
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  const end = lengthBytes + view.getUint32(0);
  if (end > plaintext.length || plaintext.subarray(end).some((byte) => byte !== 0)) return undefined;
  try {
    const json = new TextDecoder('utf-8', { fatal: true }).decode(plaintext.subarray(lengthBytes, end));
    return asPayload(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** The record: version byte, encapsulated key, ciphertext with its tag. */
export function joinSealed(parts: { readonly enc: Uint8Array; readonly ciphertext: Uint8Array }): Uint8Array {
  return concatBytes([Uint8Array.of(formatVersion), parts.enc, parts.ciphertext]);
}

/** The parts of a record, or undefined when it is of no format known here. */
export function splitSealed(
  sealed: Uint8Array,
): { readonly enc: Uint8Array; readonly ciphertext: Uint8Array } | undefined {
  const isKnown =
    sealed[0] === formatVersion && sealed.length > headerBytes && sealed.length <= sealedBytesMax;
  if (!isKnown) return undefined;
  return { enc: sealed.slice(1, headerBytes), ciphertext: sealed.slice(headerBytes) };
}

const formatVersion = 1;
const headerBytes = 1 + keyBytes;
const lengthBytes = 4;

/** A block holds any user name and token, so all such secrets look alike; longer ones tell their length to 1 KiB. */
const blockBytes = 1024;

function lengthOf(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(lengthBytes);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return length;
}

function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function asPayload(json: unknown): SecretPayload | undefined {
  if (!isRecord(json)) return undefined;
  const { type, host, values } = json;
  if (typeof type !== 'string' || !(host === null || typeof host === 'string') || !isRecord(values))
    return undefined;
  const entries = Object.entries(values);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return undefined;
  return { type, host, values: Object.fromEntries(entries) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
