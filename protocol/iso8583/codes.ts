import type { ErrorKey } from '../errors.ts'

/** DE 39. `final`: to send the same again changes nothing. */
export const responseCodes = {
  '00': { meaning: 'done, and safe on the disk of the box', final: true },
  '05': { meaning: 'refused; DE 61 says why', final: true },
  '12': { meaning: 'no such transaction, or not now', final: true },
  '13': { meaning: 'an amount that cannot be', final: true },
  '14': { meaning: 'nobody’s card', final: true },
  '25': { meaning: 'the original was not found', final: true },
  '30': { meaning: 'the message is malformed; DE 44 names the field', final: true },
  '51': { meaning: 'not enough credit', final: true },
  '54': { meaning: 'the quote or the hold has lapsed: ask again', final: true },
  '58': { meaning: 'this terminal may not', final: true },
  '63': { meaning: 'the MAC is wrong or missing: exchange keys (0800/161), then send it again', final: false },
  '68': { meaning: 'too late', final: false },
  '91': { meaning: 'the club cannot be reached: go on without it', final: false },
  '94': { meaning: 'the same number with other contents', final: true },
  '96': { meaning: 'a fault of the box: send it again', final: false },
} as const
export type ResponseCode = keyof typeof responseCodes

const codesOfErrors: Partial<Record<ErrorKey, ResponseCode>> = {
  'credential.unknown': '14',
  'credential.random': '14',
  'card.foreign': '14',
  'member.unknown': '14',
  'credit.insufficient': '51',
  'redemption.refused': '13',
  'redemption.unproven': '13',
  'redemption.closed': '54',
  'quote.expired': '54',
  'sale.unknown': '25',
  'sale.undone': '25',
  'return.excessive': '13',
  'sale.training': '58',
  'store.unknown': '58',
  'event.conflict': '94',
  'request.invalid': '12',
  'request.expired': '68',
  'club.unavailable': '91',
  'credential.too-many': '91',
  'redemption.offline': '91',
  'club.failed': '96',
  'box.unwritable': '96',
}

/** DE 39 of an error of the lane's or the club's. */
export const codeOfError = ({ key, retryable }: { key: ErrorKey; retryable: boolean }): ResponseCode =>
  codesOfErrors[key] ?? (retryable ? '96' : '05')

/** DE 3, its first two digits. */
export const processingCodes = {
  '00': 'sale',
  '18': 'credit held for a sale; private',
  '20': 'return',
  '31': 'balance: who is this?',
  '39': 'a past sale looked up; private',
} as const
export type ProcessingCode = keyof typeof processingCodes

/** DE 70 of a 0800. */
export const networkCodes = {
  '001': 'sign-on: the cashier begins (DE 60 OP, SH)',
  '002': 'sign-off',
  '161': 'key exchange: the answer brings a new key for MACs (DE 48 KY, KC)',
  '301': 'echo; its answer tells the time, as all of 0810 do (DE 48 TM)',
} as const
export type NetworkCode = keyof typeof networkCodes
