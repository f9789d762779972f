import type { Writable } from 'node:stream';

/** Shows what is going on, one line a step, with the seconds that it took. */
export interface Steps {
  /** Runs a step under its name. A step that takes long counts its seconds; one that fails leaves its name. */
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
  say(line: string): void;
}

export function createSteps(out: Writable & { readonly isTTY?: boolean }): Steps {
  const isTerminal = out.isTTY === true;
  return {
    async run(name, work) {
      const startedAt = performance.now();
      const seconds = () => (performance.now() - startedAt) / 1000;
      if (isTerminal) out.write(`  ${name} …`);
      const timer = setInterval(
        () => {
          const elapsed = `  ${name} … ${Math.round(seconds())} s`;
          out.write(isTerminal ? `\r${elapsed}` : `${elapsed}\n`);
        },
        isTerminal ? 1_000 : quietMs,
      );
      try {
        const result = await work();
        out.write(`${isTerminal ? clearLine : ''}  ${name}: ${seconds().toFixed(1)} s\n`);
        return result;
      } catch (error) {
        if (isTerminal) out.write('\n');
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
    say: (line) => void out.write(`${line}\n`),
  };
}

const clearLine = '\r\u001b[K';
/** Into a file, a line now and then shows that it lives without filling the file. */
const quietMs = 10_000;
