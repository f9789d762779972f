import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeProtobuf, ProtobufMessage } from '#lib/engines/buildkit/protobuf.ts';

/** The examples of https://protobuf.dev/programming-guides/encoding/ */
describe('the encoding', () => {
  test.each([
    { name: 'a number', fields: [[1, 150]] as const, hex: '089601' },
    { name: 'a text', fields: [[2, 'testing']] as const, hex: '120774657374696e67' },
    { name: 'true', fields: [[3, true]] as const, hex: '1801' },
    { name: 'a large field number', fields: [[16, 'a']] as const, hex: '82010161' },
  ])('of $name is what the guide says', ({ fields, hex }) => {
    expect(encodeProtobuf(fields).toString('hex')).toBe(hex);
  });

  test('comes back as it went', () => {
    const fieldNumber = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(fieldNumber, fc.string({ unit: 'binary' }), fc.maxSafeNat(), (field, text, number) => {
        const message = new ProtobufMessage(
          encodeProtobuf([
            [field, text],
            [field + 1, number],
          ]),
        );
        expect(message.text(field)).toBe(text);
        expect(message.isSet(field + 1)).toBe(number !== 0);
      }),
    );
  });
});

test('maps, lists and messages in messages are read; fields of other kinds are passed over', () => {
  const bytes = Buffer.from(
    '0d01020304' + '0a060a016112016b' + '1a0178' + '1a0179' + '110102030405060708',
    'hex',
  );
  const message = new ProtobufMessage(bytes);
  expect(message.texts(3)).toEqual(['x', 'y']);
  expect(message.text(3)).toBe('y');
  expect(message.text(4)).toBe('');
  expect(message.map(1).get('a')).toBe('k');
});

test.each(['0a', '0a05', '0a0561', '80', '0d0102', '0b'])(
  '%s is refused: it ends too early, or is none',
  (hex) => {
    expect(() => new ProtobufMessage(Buffer.from(hex, 'hex'))).toThrow(RangeError);
  },
);

test('nothing that a builder may answer makes it hang', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        new ProtobufMessage(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
