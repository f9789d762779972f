import { answerError } from './answer-error.ts';
import { refuseEncoding } from './content-encoding.ts';
import { parseContentRange, parseUnsatisfiedRange } from './content-range.ts';
import { BlobSizeError, BlobUnknownError, type Place, RegistryAnswerError } from './errors.ts';
import { readErrorBody, type Surroundings } from './exchange.ts';
import type { Answer } from './hop.ts';
import type { Descriptor } from './types.ts';

/** The bytes of a blob from `first` up to, not including, `end`. */
export interface ByteSpan {
  readonly first: number;
  readonly end: number;
}

/** What the body of an answer holds, seen from the span that was asked for. */
export interface BlobBody {
  /** Bytes at its start that were not asked for, because the server sent the whole blob. */
  readonly skipBytes: number;
  /** Whether the body goes on to the end of the blob even if the span does not. */
  readonly isWhole: boolean;
}

/**
 * Checks that an answer holds the span, and how. 'retry_whole' means: ask again without a range.
 * https://www.rfc-editor.org/rfc/rfc9110#section-14 and
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
 * @throws BlobSizeError, BlobUnknownError, RegistryAnswerError, AccessDeniedError
 */
export async function checkBlobAnswer(options: {
  readonly around: Surroundings;
  readonly answer: Answer;
  readonly descriptor: Descriptor;
  readonly span: ByteSpan;
  readonly place: Place;
  readonly hadCredentials: boolean;
  readonly signal: AbortSignal;
}): Promise<BlobBody | 'retry_whole'> {
  const { around, answer, descriptor, span, place, hadCredentials, signal } = options;
  if (answer.status === 200) return checkWhole(options);
  if (answer.status === 206) return checkPart(options);
  const error = await readErrorBody(around, answer, signal);
  if (answer.status === 416) {
    const totalBytes = parseUnsatisfiedRange(answer.headers.get('content-range'));
    if (totalBytes !== undefined && totalBytes !== descriptor.sizeBytes)
      throw sizeError(descriptor, totalBytes);
    // Some servers refuse every range, or the last ones of a blob: the whole blob is left.
    if (span.first > 0 || span.end < descriptor.sizeBytes) return 'retry_whole';
  }
  if (answer.status === 404 && !answer.isElsewhere) {
    throw new BlobUnknownError({ place, digest: descriptor.digest });
  }
  throw answerError({ ...answer, error, place, hadCredentials });
}

interface Checked {
  readonly answer: Answer;
  readonly descriptor: Descriptor;
  readonly span: ByteSpan;
  readonly place: Place;
}

function checkWhole({ answer, descriptor, span, place }: Checked): BlobBody {
  refuseEncoding(answer, place);
  const lengthBytes = readLength(answer);
  if (lengthBytes !== undefined && lengthBytes !== descriptor.sizeBytes) {
    answer.abandon();
    throw sizeError(descriptor, lengthBytes);
  }
  return { skipBytes: span.first, isWhole: true };
}

function checkPart({ answer, descriptor, span, place }: Checked): BlobBody {
  refuseEncoding(answer, place);
  const range = parseContentRange(answer.headers.get('content-range'));
  const total = range?.totalBytes;
  if (total !== undefined && total !== descriptor.sizeBytes) {
    answer.abandon();
    throw sizeError(descriptor, total);
  }
  if (range?.first !== span.first || range.last !== span.end - 1) {
    answer.abandon();
    throw new RegistryAnswerError({
      place,
      why: 'It answered a request for a part of a layer with another part, or did not say with which.',
    });
  }
  return { skipBytes: 0, isWhole: span.end === descriptor.sizeBytes };
}

function readLength(answer: Answer): number | undefined {
  const text = answer.headers.get('content-length');
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}

function sizeError(descriptor: Descriptor, actualBytes: number): BlobSizeError {
  const { digest, sizeBytes } = descriptor;
  return new BlobSizeError({ digest, expectedBytes: sizeBytes, why: `the registry has ${actualBytes}` });
}
