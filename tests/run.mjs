#!/usr/bin/env node
// `npm test`: sets up what the tests need, runs all of them, and says in one line how it went.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inOwnNetwork } from './setup/own-network.mjs';
import { installPeers } from './setup/peers.mjs';
import { readPlaywright, readVitest } from './setup/reports.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const reports = path.join(root, 'test-results', 'reports');
const bin = (name) => path.join(root, 'node_modules', '.bin', name);
const environment = {
  ...process.env,
  PATH: `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}`,
  NEXT_TELEMETRY_DISABLED: '1',
};

const minutes = 60_000;

/**
 * Each phase either counts as one, by its exit code, or brings a report with a count for each test. Limits end what hangs, and are far
 * beyond what a slow machine takes.
 */
const phases = [
  {
    name: 'format and lint',
    command: [bin('biome'), 'ci', '--error-on-warnings', '.'],
    limitMs: 2 * minutes,
  },
  { name: 'types', command: [bin('tsc'), '--noEmit'], limitMs: 5 * minutes },
  {
    name: 'boundaries',
    command: [bin('depcruise'), 'app', 'lib', '--config', '.dependency-cruiser.mjs'],
    limitMs: 2 * minutes,
  },
  { name: 'unused code', command: [bin('knip'), '--no-progress'], limitMs: 2 * minutes },
  vitest({ project: 'unit', limitMs: 10 * minutes, filesAtOnce: 2 }),
  vitest({ project: 'integration', limitMs: 40 * minutes, filesAtOnce: 3 }),
  {
    name: 'browser',
    // Half of their time both wait, for leases to end, servers to start and pages to be drawn: together they keep two cores busy.
    isBesideLast: true,
    command: inOwnNetwork([bin('playwright'), 'test', '--reporter=line,json']),
    reportVariable: 'PLAYWRIGHT_JSON_OUTPUT_FILE',
    read: readPlaywright,
    limitMs: 30 * minutes,
  },
];

const only = process.argv.slice(2);
const total = { passed: 0, failed: 0, failures: [] };

setUp();
for (const together of sideBySide(phases.filter(({ name }) => only.length === 0 || only.includes(name)))) {
  await Promise.all(together.map(runAndTell));
}
for (const { name, why } of total.failures) process.stdout.write(`\n✗ ${name}\n${indent(why)}\n`);
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** Phases one after the other, with those that run side by side together. */
function sideBySide(chosen) {
  const groups = [];
  for (const phase of chosen) {
    if (phase.isBesideLast && groups.length > 0) groups.at(-1).push(phase);
    else groups.push([phase]);
  }
  return groups;
}

/** Of phases side by side, all but the first say what they have to say at their end. */
async function runAndTell(phase, place) {
  const startedAt = Date.now();
  const { output, ...result } = await run(phase, { isHeld: place > 0 });
  process.stdout.write(output);
  total.passed += result.passed;
  total.failed += result.failed;
  total.failures.push(
    ...result.failures.map((failure) => ({ ...failure, name: `${phase.name}: ${failure.name}` })),
  );
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  say(`${phase.name}: ${result.passed} passed, ${result.failed} failed in ${seconds} s`);
}

function setUp() {
  if (!isInstalled()) must('npm', ['ci']);
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const missing = installPeers({ say });
  if (missing.length > 0) {
    say(
      `These programs are needed and could not be installed: ${missing.join(', ')}. Install them and run again.`,
    );
    process.exit(1);
  }
  must(process.execPath, ['bin/slipway.mjs', 'prepare']);
  must(bin('next'), ['typegen']);
}

/** Whether node_modules holds all that the lockfile asks for, the tools of the tests included. */
function isInstalled() {
  const installed = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(bin('vitest'))) return false;
  return statSync(installed).mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs;
}

async function run({ name, command, reportArgument, reportVariable, read, limitMs }, { isHeld }) {
  say(name);
  const report = path.join(reports, `${name.replaceAll(' ', '-')}.json`);
  const [program, ...args] = command;
  const out = isHeld ? 'pipe' : 'inherit';
  const child = spawn(program, reportArgument ? [...args, reportArgument(report)] : args, {
    cwd: root,
    stdio: ['ignore', out, out],
    env: reportVariable ? { ...environment, [reportVariable]: report } : environment,
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const { status, why } = await new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: null, why: error.message }));
    child.on('close', (code, signal) => resolve({ status: code, why: signal }));
  });
  if (status === null) say(`${name} did not end: ${why}`);
  return { output, ...outcomeOf({ status, read, report }) };
}

function outcomeOf({ status, read, report }) {
  if (!read) return status === 0 ? { passed: 1, failed: 0, failures: [] } : failedAs('see above');
  const outcome = existsSync(report)
    ? read(JSON.parse(readFileSync(report, 'utf8')))
    : { passed: 0, failed: 0, failures: [] };
  // A runner that failed outside its tests (a leak, a broken set-up) fails the run even if every test passed.
  if (status === 0 || outcome.failed > 0) return outcome;
  return { ...failedAs('the runner failed outside its tests: see above'), passed: outcome.passed };
}

function failedAs(why) {
  return { passed: 0, failed: 1, failures: [{ name: 'as a whole', why }] };
}

function indent(text) {
  return text.replaceAll(/^/gm, '    ');
}

function vitest({ project, limitMs, filesAtOnce }) {
  const width = filesAtOnce === undefined ? [] : [`--maxWorkers=${filesAtOnce}`];
  return {
    name: project,
    command: [bin('vitest'), 'run', '--project', project, ...width, '--reporter=default', '--reporter=json'],
    reportArgument: (file) => `--outputFile.json=${file}`,
    read: readVitest,
    limitMs,
  };
}

function must(program, args) {
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  });
  if (status === 0) return;
  say(`${path.basename(program)} ${args.join(' ')} failed; without it no test can run.`);
  process.stdout.write('\n0 passed, 1 failed\n');
  process.exit(1);
}

function say(text) {
  process.stdout.write(`\n== ${text}\n`);
}
