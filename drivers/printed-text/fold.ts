import { normaliseText } from '#protocol/text.ts'

/**
 * Text as rules compare it: letters without their joined forms, Persian ی and ک, ASCII digits, single blanks, and none of
 * what only shapes a line (kashida, vowel marks, half-space, direction marks).
 */
export const foldText = (text: string): string =>
  normaliseText(
    text
      .normalize('NFKC')
      .replace(/[\u0640\u064b-\u0652\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '')
      .replace(/[\u200c\u00a0\s]+/g, ' '),
  )
