import { type Place, RegistryAnswerError } from './errors.ts';
import type { Answer } from './hop.ts';

/**
 * Refuses a body that came encoded: content is addressed by its bytes as they are, and a proxy that encodes them on
 * the way changes these. The client asks for `identity`. https://www.rfc-editor.org/rfc/rfc9110#section-8.4
 * @throws RegistryAnswerError
 */
export function refuseEncoding(answer: Answer, place: Place): void {
  const encoding = answer.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return;
  answer.abandon();
  throw new RegistryAnswerError({
    place,
    why: 'It sent content with an encoding that was not asked for.',
    next: 'Switch off compression in the proxy before the registry: it must hand content on as it is.',
  });
}
