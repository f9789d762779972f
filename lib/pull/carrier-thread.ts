import { parentPort } from 'node:worker_threads';
import { createEgress } from '#lib/egress/egress.ts';
import { createBlobReader } from '#lib/oci/errand.ts';
import type { Refusal, SigningRequest } from '#lib/oci/signing.ts';
import { Carrier } from './carrier.ts';
import { type FromThread, type Outcome, outcomeOf, type ToThread, unwrap } from './words.ts';

// A thread with a carrier in it. The way out is opened anew here from the same rules, so the same guard stands before it.
// Requests are signed by the main thread: what is known here of who we are is the header of each request.

const stops = new Map<number, AbortController>();
const questions = new Map<number, (outcome: Outcome<string | undefined>) => void>();
let questionCount = 0;

parentPort?.once('message', (word: ToThread) => {
  if (word.kind !== 'start') throw new Error('The first word is an order.');
  begin(word);
});

function begin({ order }: Extract<ToThread, { readonly kind: 'start' }>): void {
  const egress = createEgress({ registries: order.way.registries });
  const carrier = new Carrier(
    createBlobReader({
      order,
      route: egress.forRegistry(order.way.host),
      signer: {
        authorize: (request) => ask(request, undefined),
        renew: (request, refusal, used) => ask(request, { refusal, used }),
      },
      onRetry: (notice) => say({ kind: 'retry', notice }),
    }),
  );
  parentPort?.on('message', (word: ToThread) => {
    switch (word.kind) {
      case 'hash':
        return void run(word.task, (signal) => carrier.hash(word.cargo, signal));
      case 'fetch': {
        const onAnswer = (isRange: boolean) => say({ kind: 'answered', task: word.task, isRange });
        return void run(word.task, async (signal) => {
          await carrier.fetch(word.cargo, { ...word.load, onAnswer }, signal);
          return undefined;
        });
      }
      case 'stop':
        return void stops.get(word.task)?.abort(new Error('The pull was stopped.'));
      case 'end':
        parentPort?.close();
        return void egress.close();
      case 'signed':
        questions.get(word.question)?.(word.outcome);
    }
  });
  say({ kind: 'ready' });
}

async function run(task: number, work: (signal: AbortSignal) => Promise<string | undefined>): Promise<void> {
  const stop = new AbortController();
  stops.set(task, stop);
  const outcome = await outcomeOf(work(stop.signal));
  stops.delete(task);
  say({ kind: 'ended', task, outcome });
}

/** Asks the main thread, which knows who we are. Whoever is stopped meanwhile waits no longer. */
async function ask(
  request: SigningRequest,
  refused: { readonly refusal: Refusal; readonly used: string | undefined } | undefined,
): Promise<string | undefined> {
  const { place, headers, signal } = request;
  signal.throwIfAborted();
  questionCount += 1;
  const question = questionCount;
  const { promise, resolve, reject } = Promise.withResolvers<Outcome<string | undefined>>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  questions.set(question, resolve);
  say({ kind: 'sign', question, place, headers, refused });
  try {
    return unwrap(await promise);
  } finally {
    questions.delete(question);
    signal.removeEventListener('abort', onAbort);
  }
}

function say(word: FromThread): void {
  parentPort?.postMessage(word);
}
