/**
 * Of one instruction, in bytes. Linux starts no program with an argument of 131,072 bytes or more, and the command of a RUN is one; below
 * that there is room for what goes before people's words: https://man7.org/linux/man-pages/man2/execve.2.html
 */
const instructionBytesMax = 120_000;

/** Why what one instruction holds cannot be taken; undefined when it can. */
export function problemOfSize(text: string): string | undefined {
  const bytes = bytesOf(text);
  if (bytes <= instructionBytesMax) return undefined;
  const [is, max] = [bytes, instructionBytesMax].map((count) => count.toLocaleString('en'));
  return `This comes to one instruction of ${is} bytes, and systems run none of more than ${max}: make several steps of it, or put it into a file.`;
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
