import { expect, test } from 'vitest';
import { StepFailedError } from '#lib/engines/errors.ts';
import { createRedactor } from '#lib/log/redact.ts';

const secret = 'hf_zyxwvutsrqponmlkjihgfedcba0123456789';
const clean = createRedactor([secret]).text;
const failed = { exitCode: 1, instruction: 'RUN x', lastLines: [], clean };

test.each([360, 375, 390, 399, 400])(
  'a value after %d characters is taken out before an error is cut',
  (length) => {
    const text = 'x'.repeat(length) + secret;
    const said = new StepFailedError({ ...failed, lastLines: [text] });
    const asked = new StepFailedError({ ...failed, instruction: `RUN ${text}` });
    for (const { advice, message } of [said, asked]) {
      expect(advice.why).toContain('x'.repeat(300));
      expect(`${advice.why}${message}`).not.toMatch(/hf_|h…/);
    }
  },
);

test('an error repeats the last words, and says when there were none', () => {
  expect(new StepFailedError({ ...failed, lastLines: ['one', 'two'] }).advice.why).toBe(
    '“RUN x” failed. Its last words: one · two',
  );
  expect(new StepFailedError(failed).advice.why).toBe('“RUN x” failed. It printed nothing.');
});
