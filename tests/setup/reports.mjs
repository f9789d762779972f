// What the reports of the runners say: how many tests passed and failed, and which failed with what.
import { stripVTControlCharacters } from 'node:util';

/**
 * @typedef {{ passed: number, failed: number, failures: { name: string, why: string }[] }} Outcome
 * `why` is the first lines of each error, without colours.
 */

/**
 * @param {any} report of vitest's reporter `json`
 * @returns {Outcome}
 */
export function readVitest({ numPassedTests, numTotalTests, testResults }) {
  const failures = [];
  for (const file of testResults) {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName, failureMessages } of failed) {
      failures.push({ name: `${file.name} > ${fullName}`, why: shorten(failureMessages) });
    }
    // A file that could not be loaded has no tests to name.
    if (file.status === 'failed' && failed.length === 0)
      failures.push({ name: file.name, why: shorten([file.message]) });
  }
  return { passed: numPassedTests, failed: numTotalTests - numPassedTests, failures };
}

/**
 * @param {any} report of Playwright's reporter `json`
 * @returns {Outcome}
 */
export function readPlaywright({ stats, suites, errors }) {
  const failures = suites.flatMap(specsOf).flatMap(({ file, line, title, tests }) =>
    tests
      .filter(({ status }) => status !== 'expected')
      .map(({ results }) => ({
        name: `${file}:${line} > ${title}`,
        why: shorten(results.flatMap((result) => result.errors).map(({ message }) => message)),
      })),
  );
  failures.push(...errors.map(({ message }) => ({ name: 'outside of tests', why: shorten([message]) })));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped, failures };
}

function specsOf(suite) {
  return [...(suite.specs ?? []), ...(suite.suites ?? []).flatMap(specsOf)];
}

const linesMax = 12;

function shorten(messages) {
  return messages
    .flatMap((message) => stripVTControlCharacters(message ?? '').split('\n'))
    .filter((line) => line.trim() !== '')
    .slice(0, linesMax)
    .join('\n');
}
