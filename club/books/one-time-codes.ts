import { toDigits } from '#protocol/code-digits.ts'
import type { Credential } from '#protocol/credentials.ts'
import type { Prompt } from '#protocol/effects.ts'
import type { Pepper } from '../pepper.ts'
import type { Books } from './context.ts'
import type { CredentialRecord } from './member-records.ts'
import { knownAs } from './rekeying.ts'
import type { Redemption } from './sale-records.ts'

/**
 * A code by which a member spends credit once, at any till: it is written as the code of a digital card is, so that
 * whatever reads those reads it. To the books it is a card of the member's that is good for a few minutes, in one
 * presentation, and a redemption that holds its amount for as long.
 */
export const codeGoodMs = 10 * 60_000
/** Such a card says so in its record, in the place of a key's id. */
const oneTime = 'one-time'

export interface OneTimeCode {
  /** Its two halves, as a digital card's: which card, and what proves it. */
  card: string
  digits: string
  /** Of the card, peppered. */
  token: string
}

const halfOf = (pepper: Pepper, text: string) => toDigits(pepper.proven(`one-time|${text}`), 8)

/**
 * The code of a redemption: made of its id and the club's own secret, so that nobody else can, and it comes out the same
 * where the books ask twice. The journal has its token alone.
 */
export function codeOf({ pepper, witness }: Books, redemptionid: string): OneTimeCode {
  const card = halfOf(pepper, redemptionid)
  const token = witness.note(`one-time code ${redemptionid}`, () => pepper.token(pepper.proven(`qr|${card}`))) ?? ''
  return { card, digits: halfOf(pepper, card), token }
}

/** The card that a code is: of a member, for a redemption, good until an instant. */
export const codeRecord = (
  { token }: OneTimeCode,
  { memberid, redemptionid, at, until }: { memberid: string; redemptionid: string; at: string; until: string },
): CredentialRecord => ({
  ...{ token, memberid, kind: 'qr', keyid: oneTime, linkedAt: at, state: 'replaced', since: until },
  reason: `redeem ${redemptionid}`,
})

/** What is known of a code, where it is one: whether it was the right one in time. */
export function isRightCode(
  { pepper }: Books,
  record: CredentialRecord | undefined,
  { card, digits, seenAt }: { card: string; digits: string; seenAt: number },
): boolean | undefined {
  if (record?.keyid !== oneTime) return undefined
  return digits === halfOf(pepper, card) && new Date(seenAt).toISOString() < (record.since ?? '')
}

/** What a code that was shown is for; undefined where none was. */
export function redemptionByCode(books: Books, shown: Credential | undefined): Redemption | undefined {
  const record = shown?.token === undefined ? undefined : books.desk.get('credential', knownAs(books, shown))
  const redemptionid = record?.keyid === oneTime ? record.reason?.split(' ')[1] : undefined
  return redemptionid === undefined ? undefined : books.desk.get('redemption', redemptionid)
}

/** Who has come with a code wants to spend: the cashier is told how much. */
export function codePrompts(books: Books, shown: Credential | undefined, store: string): Prompt[] {
  const redemption = redemptionByCode(books, shown)
  if (!redemption) return []
  const { currency } = books.programme
  const toman = currency === 'IRR' && books.shops.get(store)?.moneyShown !== 'rial'
  const amount = redemption.amount / (toman ? 10 : 1)
  const unit = toman ? { fa: 'تومان', en: 'toman' } : { fa: currency === 'IRR' ? 'ریال' : currency, en: currency }
  const text = {
    fa: `این رمز برای خرج‌کردن تا ${amount.toLocaleString('fa-IR')} ${unit.fa} از اعتبار است: همان را از مبلغ کم کنید.`,
    en: `This code is for spending up to ${amount.toLocaleString('en-GB')} ${unit.en} of credit: take it off the price.`,
  }
  return [{ audience: 'operator', text, ruleid: 'redemption-code' }]
}
