import { benchPull } from './pull.ts';

// `npm run bench -- pull`: measures beside the best there is, on this machine. Not part of the tests: what is measured here
// depends on the machine, and says so.

const [what, ...words] = process.argv.slice(2);
if (what === 'pull') {
  await benchPull(words);
} else {
  process.stderr.write(
    'Usage: npm run bench -- pull [--megabytes N] [--rounds N] [--only PATTERN] [--to FILE]\n',
  );
  process.exitCode = 2;
}
