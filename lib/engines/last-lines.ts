/** The newest lines that say something: what an error repeats. */
export class LastLines {
  #texts: readonly string[] = [];

  get texts(): readonly string[] {
    return this.#texts;
  }

  add(text: string): void {
    const said = text.trim();
    if (said !== '') this.#texts = [...this.#texts, said].slice(-linesMax);
  }
}

const linesMax = 5;
