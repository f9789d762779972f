/** Shorter values are no patterns: they occur in ordinary text, and hiding them there would only point them out. */
export const patternCharactersMin = 8;

/**
 * The forms in which a value turns up in output: as it is; with escaped line ends; inside JSON, once and twice; line by
 * line; and of each whole form its base64 (at the three offsets it can have inside a longer text, both alphabets), hex and
 * percent-encodings. Never throws, whatever the value holds.
 */
export function formsOf(value: string): ReadonlySet<string> {
  const forms = new Set<string>();
  // Encoders replace lone surrogates, and encodeURIComponent throws on them.
  for (const whole of [value, value.trim()].map((text) => text.toWellFormed())) {
    if (whole.length < patternCharactersMin) continue;
    for (const form of [whole, ...escaped(whole)]) {
      forms.add(form);
      for (const encoded of encodings(form)) forms.add(encoded);
    }
    for (const line of whole.split(/\r\n|\r|\n/)) {
      for (const form of [line, line.trim(), ...escaped(line)]) forms.add(form);
    }
  }
  if (value.length >= patternCharactersMin) forms.add(value);
  for (const form of forms) if (form.length < patternCharactersMin || isArmour(form)) forms.delete(form);
  return forms;
}

/** Lines that every PEM file has say nothing about the key between them. */
function isArmour(form: string): boolean {
  return /^-----(?:BEGIN|END) [A-Z ]+-----$/.test(form);
}

function escaped(text: string): readonly string[] {
  const inJson = JSON.stringify(text).slice(1, -1);
  return [
    text.replaceAll('\r', '\\r').replaceAll('\n', '\\n'),
    text.replaceAll('\r\n', '\n'),
    text.replaceAll(/\r?\n/g, '\r\n'),
    inJson,
    // PHP and others escape the slash; Go escapes what is special in HTML.
    inJson.replaceAll('/', '\\/'),
    inJson.replace(/[<>&\u2028\u2029]/g, unicodeEscape),
    inJson.replace(/[\u007f-\uffff]/g, unicodeEscape),
    JSON.stringify(inJson).slice(1, -1),
  ];
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function encodings(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  const hex = bytes.toString('hex');
  return [hex, hex.toUpperCase(), ...base64Forms(bytes), ...percentForms(text)];
}

/**
 * The characters of base64 that these bytes decide alone, for each of the three places in a group of three at which they
 * can begin. The characters at both ends that share bits with what stands around are left out.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    const form = encoded.slice(start, end);
    return [form, form.replaceAll('-', '+').replaceAll('_', '/')];
  });
}

/**
 * Encoders disagree about what needs encoding (RFC 3986 section 2.3, encodeURIComponent, HTML forms) and about the case of
 * hex digits.
 */
function percentForms(text: string): readonly string[] {
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, percent);
  const form = strict.replace(/~/g, percent).replaceAll('%2A', '*').replaceAll('%20', '+');
  const path = component.replaceAll('%2F', '/');
  const strictPath = strict.replaceAll('%2F', '/');
  const upper = [component, strict, form, form.replaceAll('*', '%2A'), path, strictPath];
  return upper.flatMap((one) => [one, one.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
