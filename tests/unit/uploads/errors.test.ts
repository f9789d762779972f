import { describe, expect, test } from 'vitest';
import { UploadTooLargeError } from '#lib/uploads/errors.ts';

describe('a file that is too large', () => {
  test.each([
    [6_291_456, 3_000_000, 'It has 6.3 MB; this server takes files of up to 3 MB.'],
    [3_000_001, 3_000_000, 'It has 3,000,001 bytes; this server takes files of up to 3,000,000 bytes.'],
    [52_428_801, 52_428_800, 'It has 52,428,801 bytes; this server takes files of up to 52,428,800 bytes.'],
    [2_000, 1_999, 'It has 2,000 bytes; this server takes files of up to 1,999 bytes.'],
  ])('of %i bytes where %i may be: in figures that differ', (sizeBytes, bytesMax, why) => {
    expect(new UploadTooLargeError({ sizeBytes, bytesMax }).advice.why).toBe(why);
  });
});
