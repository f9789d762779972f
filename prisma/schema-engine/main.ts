#!/usr/bin/env node
// Stands in for Prisma's native `schema-engine` where npm could not download it: same arguments, same JSON-RPC over
// standard input and output. prisma.config.ts names it then; with the native engine there, nothing runs this.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { runAlone, splitAddress } from './adapter.ts';
import { openSchemaEngine, panicText, type SchemaEngine, type SchemaFile } from './engine.ts';

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    version: { type: 'boolean', short: 'V' },
    datamodels: { type: 'string', multiple: true, short: 'd' },
    datasource: { type: 'string' },
  },
});

interface Datasource {
  readonly url?: string;
  readonly shadowDatabaseUrl?: string;
}
const datasource: Datasource = typeof values.datasource === 'string' ? JSON.parse(values.datasource) : {};
const url = datasource.url ?? 'postgresql://nobody@127.0.0.1:1/nothing';

if (values.version === true) process.stdout.write('schema-engine-cli wasm\n');
else if (positionals[0] === 'cli') process.exitCode = await runOnce(positionals[1] ?? '');
else serve();

/** `cli …`: one act, told by the exit code; a failure goes to standard error as a line of JSON. */
async function runOnce(command: string): Promise<number> {
  const target = new URL(splitAddress(url).url);
  const name = pg.escapeIdentifier(decodeURIComponent(target.pathname.slice(1)));
  const server = new URL(target);
  server.pathname = '/postgres';
  try {
    if (command === 'can-connect-to-database') await runAlone(target.href, 'SELECT 1');
    else if (command === 'create-database') await runAlone(server.href, `CREATE DATABASE ${name}`);
    else if (command === 'drop-database')
      await runAlone(server.href, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    else throw new Error(`This engine has no command ${command}`);
    return 0;
  } catch (error) {
    const { code, message } = explain(error, target);
    const fields = { message, error_code: code, is_panic: false, hash: '' };
    const line = {
      timestamp: new Date().toISOString(),
      level: 'ERROR',
      fields,
      target: 'schema_engine::logger',
    };
    process.stderr.write(`\n${JSON.stringify(line)}\n`);
    return 1;
  }
}

/** Prisma's error codes: https://www.prisma.io/docs/orm/reference/error-reference#common */
function explain(error: unknown, target: URL): { readonly code: string; readonly message: string } {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  const database = target.pathname.slice(1);
  if (code === '3D000') return { code: 'P1003', message: `Database \`${database}\` does not exist` };
  if (code === '28P01' || code === '28000') {
    return { code: 'P1000', message: `Authentication failed for \`${target.username}\`` };
  }
  if (['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(code)) {
    return { code: 'P1001', message: `Can't reach database server at \`${target.host}\`` };
  }
  return { code: 'P1010', message };
}

interface Call {
  readonly id: number | string;
  readonly method?: string;
  readonly params?: unknown;
}

/** JSON-RPC 2.0, one call a line, answered one after the other. */
function serve(): void {
  const named = Array.isArray(values.datamodels) ? values.datamodels.map(String) : [];
  const schema = named.map((file): SchemaFile => [file, readFileSync(file, 'utf8')]);
  let engine: Promise<SchemaEngine> | undefined;
  let queue = Promise.resolve();
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    const call = JSON.parse(line) as Call;
    queue = queue.then(async () => {
      engine ??= openSchemaEngine({ url, shadowUrl: datasource.shadowDatabaseUrl, schema });
      await answer(call, engine);
    });
  });
  lines.on('close', () => void queue.finally(() => process.exit()));
}

async function answer({ id, method, params }: Call, opening: Promise<SchemaEngine>): Promise<void> {
  if (method === undefined) return;
  try {
    const engine = (await opening) as unknown as Record<
      string,
      ((params: unknown) => Promise<unknown>) | undefined
    >;
    const result = await engine[method === 'getDatabaseVersion' ? 'version' : method]?.(params);
    const stdout = (result as { stdout?: string | null } | undefined)?.stdout;
    // The native engine prints a difference itself and reports it as a call of its own.
    if (method === 'diff' && stdout) {
      send({ id: `print-${id}`, method: 'print', params: { content: stdout.replace(/\n$/, '') } });
    }
    send({ id, result: result ?? {} });
  } catch (error) {
    const {
      code = null,
      message = String(error),
      meta = null,
    } = error as { code?: string; message?: string; meta?: unknown };
    const data = { is_panic: false, message: panicText() ?? message, meta, error_code: code };
    send({
      id,
      error: { code: 4466, message: 'An error happened. Check the data field for details.', data },
    });
  }
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}
