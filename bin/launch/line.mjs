/** A line of progress: it counts the seconds in place on a terminal, and speaks up now and then elsewhere. */
export class Line {
  #text;
  #startedAt = Date.now();
  #isTerminal = process.stderr.isTTY === true;

  constructor(text) {
    this.#text = text;
    process.stderr.write(this.#isTerminal ? `  ${text} …` : `  ${text} …\n`);
  }

  tick(seconds) {
    if (this.#isTerminal) process.stderr.write(`\r  ${this.#text} … ${seconds} s`);
    else if (seconds % 15 === 0) process.stderr.write(`  ${this.#text} … ${seconds} s\n`);
  }

  done() {
    const seconds = ((Date.now() - this.#startedAt) / 1000).toFixed(1);
    process.stderr.write(`${this.#isTerminal ? '\r\u001b[K' : ''}  ${this.#text}: ${seconds} s\n`);
  }
}
