import { parentPort, workerData } from 'node:worker_threads';
import { createEgress } from '#lib/egress/egress.ts';
import { createBlobReader } from '#lib/oci/errand.ts';
import type { Refusal, Signer, SigningRequest } from '#lib/oci/signing.ts';
import { Carrier } from './carrier.ts';
import { type FromThread, type Outcome, outcomeOf, type ThreadStart, type ToThread, valueOf } from './words.ts';

// A thread with a carrier in it. The way out is opened anew here from the same rules, so the same guard stands before it.
// Requests are signed by the main thread: no credential is here, and no token longer than its request.

const { order, hadCredentials } = workerData as ThreadStart;
const stops = new Map<number, AbortController>();
const questions = new Map<number, (outcome: Outcome<string | undefined>) => void>();
let questionCount = 0;

const egress = createEgress({ registries: order.way.registries });
const signer: Signer = {
  hadCredentials,
  authorize: (request) => ask(request, undefined),
  renew: (request, refusal) => ask(request, refusal),
};
const carrier = new Carrier(
  createBlobReader({
    order,
    route: egress.forRegistry(order.way.host),
    signer,
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
      questions.delete(word.question);
  }
});

async function run(task: number, work: (signal: AbortSignal) => Promise<string | undefined>): Promise<void> {
  const stop = new AbortController();
  stops.set(task, stop);
  const outcome = await outcomeOf(work(stop.signal));
  stops.delete(task);
  say({ kind: 'ended', task, outcome });
}

/** Asks the main thread, which knows who we are. Whoever is stopped meanwhile waits no longer. */
async function ask(request: SigningRequest, refusal: Refusal | undefined): Promise<string | undefined> {
  const { place, headers, signal } = request;
  signal.throwIfAborted();
  questionCount += 1;
  const question = questionCount;
  const { promise, resolve, reject } = Promise.withResolvers<Outcome<string | undefined>>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  questions.set(question, resolve);
  say({ kind: 'sign', question, place, headers, refusal });
  try {
    return valueOf(await promise);
  } finally {
    questions.delete(question);
    signal.removeEventListener('abort', onAbort);
  }
}

function say(word: FromThread): void {
  parentPort?.postMessage(word);
}
