/** A message of protocol buffers, by field number. https://protobuf.dev/programming-guides/encoding/ */
export class ProtobufMessage {
  readonly #fields = new Map<number, (number | Buffer)[]>();

  /** @throws RangeError when it ends in the middle of a field */
  constructor(bytes: Buffer) {
    const reader = new Reader(bytes);
    while (!reader.isAtEnd) {
      const tag = reader.readVarint();
      const field = Math.floor(tag / 8);
      const value = reader.readValue(tag % 8);
      if (value !== undefined) this.#fields.set(field, [...(this.#fields.get(field) ?? []), value]);
    }
  }

  text(field: number): string {
    return this.texts(field).at(-1) ?? '';
  }

  texts(field: number): readonly string[] {
    return this.#all(field).map((bytes) => bytes.toString('utf8'));
  }

  isSet(field: number): boolean {
    const value = this.#fields.get(field)?.at(-1);
    return value !== undefined && value !== 0;
  }

  messages(field: number): readonly ProtobufMessage[] {
    return this.#all(field).map((bytes) => new ProtobufMessage(bytes));
  }

  /** A map is a list of messages with key and value. */
  map(field: number): ReadonlyMap<string, string> {
    return new Map(this.messages(field).map((entry) => [entry.text(1), entry.text(2)]));
  }

  #all(field: number): readonly Buffer[] {
    return (this.#fields.get(field) ?? []).filter((value) => Buffer.isBuffer(value));
  }
}

/** Fields of a message, as they are sent. Numbers are whole and not negative. */
export function encodeProtobuf(
  fields: readonly (readonly [field: number, value: string | number | boolean])[],
): Buffer {
  return Buffer.concat(
    fields.map(([field, value]) => {
      if (typeof value !== 'string') return Buffer.from([...varint(field * 8), ...varint(Number(value))]);
      const bytes = Buffer.from(value);
      return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
    }),
  );
}

function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Exact up to 2^53: what is larger is none of the fields that are read here. */
  readVarint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes.readUInt8(this.#at);
      this.#at += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  }

  /** Undefined for numbers of fixed size, which no field that is read here has. */
  readValue(wireType: number): number | Buffer | undefined {
    if (wireType === 0) return this.readVarint();
    if (wireType === 2) return this.#take(this.readVarint());
    const fixedBytes = { 1: 8, 5: 4 }[wireType];
    if (fixedBytes === undefined) throw new RangeError(`Unknown wire type ${wireType}`);
    this.#take(fixedBytes);
    return undefined;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('The message ends in the middle of a field.');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}
