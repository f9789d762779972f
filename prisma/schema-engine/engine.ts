import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { EngineAdapter } from './adapter.ts';

export type SchemaEngine = glue.SchemaEngine;

/** What the engine calls a schema file: its path and its text. */
export type SchemaFile = [path: string, content: string];

/** Prisma's schema engine as WebAssembly, over `pg`: the same code that the native program is built from. */
export async function openSchemaEngine(options: {
  readonly url: string;
  readonly shadowUrl?: string | undefined;
  readonly schema?: readonly SchemaFile[];
}): Promise<SchemaEngine> {
  loading ??= load();
  await loading;
  const factory = bindMigrationAwareSqlAdapterFactory(new EngineAdapter(options));
  const datamodels = options.schema?.length ? [...options.schema] : undefined;
  return glue.SchemaEngine.new({ datamodels }, () => {}, factory);
}

/** What a panic of the engine said; the error that it throws then says only that it cannot go on. */
export function panicText(): string | undefined {
  return panic;
}

let loading: Promise<void> | undefined;
let panic: string | undefined;

async function load(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = await readFile(path.join(path.dirname(entry), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports,
  });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  // The engine looks for this name to leave its last words.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => {
        panic = message;
      },
    },
  });
}
