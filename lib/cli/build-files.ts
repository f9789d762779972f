import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { constants, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError } from '#lib/errors/input.ts';
import type { Upload } from '#lib/images/schema.ts';

/**
 * Fills in what a definition leaves out of the files that lie beside it: digest and size, and for those that COPY takes whether they may be executed. What is no definition stays as it is, for
 * whoever reads it then.
 * @throws InputError naming a file that cannot be read
 */
export async function completeFiles(value: unknown, folder: string): Promise<unknown> {
  if (!isObject(value) || !Array.isArray(value.steps)) return value;
  const steps = await Promise.all(
    value.steps.map(async (step: unknown) => {
      if (!isObject(step)) return step;
      if (step.kind === 'add_file') return complete(step, folder);
      if (!Array.isArray(step.files)) return step;
      const files = step.files.map((file: unknown) => complete(file, folder, { withMode: true }));
      return { ...step, files: await Promise.all(files) };
    }),
  );
  return { ...value, steps };
}

/**
 * Copies a file of the definition for the engine, and holds it against what the definition says of it.
 * @returns where the copy lies
 * @throws InputError
 */
export async function fetchFile(options: {
  readonly upload: Upload;
  /** That of the definition. */
  readonly folder: string;
  /** Where copies go. */
  readonly to: string;
}): Promise<string> {
  const { upload, folder, to } = options;
  await mkdir(to, { recursive: true, mode: 0o700 });
  const place = path.join(to, upload.file.replace('sha256:', ''));
  const { digest } = await digestOfFile(path.join(folder, upload.name), { copyTo: place });
  if (digest === upload.file) return place;
  throw fault(
    upload.name,
    `The definition says that its content is ${upload.file}, and it is ${digest}.`,
    'Correct the definition, or leave file and size_bytes out of it: then the file is taken as it is.',
  );
}

async function complete(
  file: unknown,
  folder: string,
  { withMode = false }: { readonly withMode?: boolean } = {},
): Promise<unknown> {
  if (!isObject(file) || typeof file.name !== 'string' || file.file !== undefined) return file;
  if (path.isAbsolute(file.name) || file.name.split('/').includes('..')) return file;
  const place = path.join(folder, file.name);
  const { digest, sizeBytes } = await digestOfFile(place);
  const mode = withMode ? { mode: await modeOf(place) } : {};
  return { ...mode, ...file, file: digest, size_bytes: sizeBytes };
}

/** As version control keeps it: what else whoever owns the file lets others do is theirs. */
async function modeOf(file: string): Promise<string> {
  const { mode } = await stat(file);
  return (mode & constants.S_IXUSR) === 0 ? '0644' : '0755';
}

async function digestOfFile(
  file: string,
  options: { readonly copyTo?: string } = {},
): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  try {
    if (!(await stat(file)).isFile()) throw fault(file, 'It is no regular file.');
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _, done) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        done(null, options.copyTo === undefined ? undefined : chunk);
      },
    });
    const source = createReadStream(file);
    if (options.copyTo === undefined) await pipeline(source, meter.resume());
    else await pipeline(source, meter, createWriteStream(options.copyTo, { mode: 0o600 }));
    return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
  } catch (error) {
    if (error instanceof InputError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw fault(file, code === 'ENOENT' ? 'There is no such file.' : `It cannot be read (${code}).`);
  }
}

function fault(
  file: string,
  why: string,
  next = 'Files of a definition lie beside it, under the names that it gives them.',
) {
  return new InputError({ what: `The file ${file} cannot be added`, why, next });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
