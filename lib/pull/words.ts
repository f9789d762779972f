import type { Advice, ErrorKind } from '#lib/errors/slipway-error.ts';
import { SlipwayError } from '#lib/errors/slipway-error.ts';
import type { ErrandOrder } from '#lib/oci/errand.ts';
import type { Place } from '#lib/oci/errors.ts';
import type { RetryNotice } from '#lib/oci/retry.ts';
import type { Refusal } from '#lib/oci/signing.ts';
import type { Cargo, Load } from './carrier.ts';

/** What the main thread says to a carrier's. */
export type ToThread =
  /** The first word: whom it works for. */
  | { readonly kind: 'start'; readonly order: ErrandOrder }
  | { readonly kind: 'hash'; readonly task: number; readonly cargo: Cargo }
  | { readonly kind: 'fetch'; readonly task: number; readonly cargo: Cargo; readonly load: Load }
  | { readonly kind: 'stop'; readonly task: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'signed'; readonly question: number; readonly outcome: Outcome<string | undefined> };

/** What a carrier's thread says. */
export type FromThread =
  /** It has loaded and knows its order. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly task: number; readonly outcome: Outcome<string | undefined> }
  | { readonly kind: 'answered'; readonly task: number; readonly isRange: boolean }
  | { readonly kind: 'retry'; readonly notice: RetryNotice }
  /** Wants a header for a request; with `refused`, another one than that. */
  | {
      readonly kind: 'sign';
      readonly question: number;
      readonly place: Place;
      readonly headers: Readonly<Record<string, string>>;
      readonly refused: { readonly refusal: Refusal; readonly used: string | undefined } | undefined;
    };

export type Outcome<T> = { readonly value: T } | { readonly fault: Fault };

/** An error as plain data: what Slipway raised on purpose, or what the system did. */
type Fault =
  | {
      readonly kind: 'slipway';
      readonly name: string;
      readonly code: string;
      readonly errorKind: ErrorKind;
      readonly advice: Advice;
      readonly isRetryable: boolean;
      readonly message: string;
    }
  | {
      readonly kind: 'other';
      readonly message: string;
      readonly code: string | undefined;
      readonly syscall: string | undefined;
      readonly stack: string | undefined;
    };

export async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

/** @throws the error that the other thread met, as far as anybody tells errors apart */
export function unwrap<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value;
  const { fault } = outcome;
  if (fault.kind === 'slipway') throw new CarriedError(fault);
  const { message, code, syscall, stack } = fault;
  throw Object.assign(new Error(message), {
    ...(code === undefined ? {} : { code }),
    ...(syscall === undefined ? {} : { syscall }),
    ...(stack === undefined ? {} : { stack }),
  });
}

function faultOf(error: unknown): Fault {
  if (error instanceof SlipwayError) {
    const { name, code, kind, advice, isRetryable, message } = error;
    return { kind: 'slipway', name, code, errorKind: kind, advice, isRetryable, message };
  }
  if (!(error instanceof Error)) return { kind: 'other', message: String(error), ...nothing };
  const { code, syscall } = error as NodeJS.ErrnoException;
  return { kind: 'other', message: error.message, code, syscall, stack: error.stack };
}

const nothing = { code: undefined, syscall: undefined, stack: undefined };

/** An error of another thread, with its own name and words. */
class CarriedError extends SlipwayError {
  override readonly name: string;
  readonly code: string;
  readonly kind: ErrorKind;

  constructor(fault: Extract<Fault, { readonly kind: 'slipway' }>) {
    super({ advice: fault.advice, isRetryable: fault.isRetryable, diagnostic: fault.message });
    this.name = fault.name;
    this.code = fault.code;
    this.kind = fault.errorKind;
  }
}
