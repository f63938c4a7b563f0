/** What a module answers first in each acknowledgement. Codes beyond this list are made `unknown`. */
const words = {
  0: 'ok',
  1: 'receive-error',
  2: 'no-finger',
  3: 'image-failed',
  6: 'messy',
  7: 'too-few-features',
  8: 'no-match',
  9: 'not-found',
  10: 'combine-failed',
  11: 'bad-slot',
  12: 'template-unreadable',
  16: 'delete-failed',
  17: 'clear-failed',
  19: 'wrong-password',
  21: 'invalid-image',
  24: 'flash-error',
  26: 'bad-register',
  32: 'wrong-address',
  33: 'password-needed',
} as const

export type Confirmation = (typeof words)[keyof typeof words] | 'unknown'

const byCode = new Map<number, Confirmation>(Object.entries(words).map(([code, word]) => [Number(code), word]))
const byWord = new Map([...byCode].map(([code, word]) => [word, code]))

export const confirmationOf = (code: number): Confirmation => byCode.get(code) ?? 'unknown'
export const codeOfConfirmation = (word: Confirmation): number => byWord.get(word) ?? 0xff

/** As a technician reads it. */
export const confirmationText: Readonly<Record<Confirmation, string>> = {
  ok: 'done',
  'receive-error': 'the command reached the sensor damaged',
  'no-finger': 'no finger is on the sensor',
  'image-failed': 'the sensor could not take an image',
  messy: 'the image is smeared',
  'too-few-features': 'the image shows too little of the finger',
  'no-match': 'the two images do not match',
  'not-found': 'no such finger is stored',
  'combine-failed': 'the two images are not of one finger',
  'bad-slot': 'the sensor has no such slot',
  'template-unreadable': 'what is stored in the slot cannot be read',
  'delete-failed': 'the slot could not be cleared',
  'clear-failed': 'the library could not be cleared',
  'wrong-password': 'the password is not the sensor’s',
  'invalid-image': 'there is no valid image',
  'flash-error': 'the sensor’s memory could not be written',
  'bad-register': 'the sensor has no such setting',
  'wrong-address': 'the address is not the sensor’s',
  'password-needed': 'the sensor wants its password first',
  unknown: 'the sensor gave a code that is in no manual',
}
