import { toDigits } from '#protocol/code-digits.ts'
import type { Credential } from '#protocol/credentials.ts'
import type { Prompt } from '#protocol/effects.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { Request } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { standingOf } from '../booking/member.ts'
import { errorReply, plainReply } from '../booking/replies.ts'
import type { Pepper } from '../pepper.ts'
import type { Books, Entry } from './context.ts'
import { journalEvent, knownEvent } from './journal.ts'
import type { CredentialRecord } from './member-records.ts'
import { findMember } from './people.ts'
import { knownAs } from './rekeying.ts'

/**
 * A code by which a member spends credit once, at any till: it is written as the code of a digital card is, so that
 * whatever reads those reads it. To the books it is a card of the member's that is good for a few minutes, in one
 * presentation, for so much.
 */
const goodMs = 10 * 60_000
/** Such a card says so in its record, in the place of a key's id. */
const oneTime = 'one-time'

type Issued = Request<'vafa.code.issued.v1'>

/** The token of a code's card, as of a digital card's (proofs.ts). */
const tokenOf = ({ pepper }: Pick<Books, 'pepper'>, card: string) => pepper.proven(`qr|${card}`)
const halfOf = (pepper: Pepper, text: string) => toDigits(pepper.proven(`one-time|${text}`), 8)

/** Issues a code and journals that it was issued, not what it is. */
export function issueRedemptionCode(books: Books, entry: Entry<Issued>): { reply: string; memberid?: string | undefined } {
  const { desk, programme, pepper, witness } = books
  const { fact: request, arrival, hash, effectiveAt: at } = entry
  const { member: credential, amount = 0 } = request.data
  const decline = (key: ErrorKey, reason?: string) => {
    const made = { inReplyTo: request.id, programmeVersion: programme.version, status: 'declined' as const, key }
    return { reply: JSON.stringify(errorReply({ ...made, ...(reason === undefined ? {} : { reason }) })) }
  }
  const known = knownEvent(books, { store: arrival.store, id: request.id, hash })
  if (known.is === 'repeat') return known
  if (known.is === 'conflict') return decline('event.conflict')
  if (amount === 0) return decline('request.invalid', 'amount: must be above 0')
  const { member, refused } = findMember(books, credential, at)
  if (!member) return decline(refused)
  if (standingOf(member, 'credit', at).available < amount) return decline('credit.insufficient')

  // Made of the request's id and the club's own secret: nobody else can, and it comes out the same where the books ask twice.
  const card = halfOf(pepper, request.id)
  const token = witness.note('one-time code', () => pepper.token(tokenOf(books, card))) ?? ''
  if (desk.get('credential', token)) return decline('club.failed', 'this code is in use: ask again')
  const until = new Date(Date.parse(at) + goodMs).toISOString()
  const { memberid } = member
  const event = desk.nextEvent()
  desk.put('credential', token, {
    ...{ token, memberid, kind: 'qr', keyid: oneTime, linkedAt: at, state: 'replaced', since: until },
    reason: `redeem ${amount}`,
  })
  const reply: Reply = { ...plainReply(request.id, programme.version) }
  journalEvent(books, entry, { event, reply, originalid: undefined, locked: undefined })
  const code = { code: `${card}.${halfOf(pepper, card)}`, until }
  return { reply: JSON.stringify({ ...reply, code }), memberid }
}

/** What is known of a code, where it is one: whether it was the right one in time. */
export function isRightCode(
  { pepper }: Books,
  record: CredentialRecord | undefined,
  { card, digits, seenAt }: { card: string; digits: string; seenAt: number },
): boolean | undefined {
  if (record?.keyid !== oneTime) return undefined
  return digits === halfOf(pepper, card) && new Date(seenAt).toISOString() < (record.since ?? '')
}

const recordOf = (books: Books, shown: Credential | undefined): CredentialRecord | undefined => {
  const record = shown?.token === undefined ? undefined : books.desk.get('credential', knownAs(books, shown))
  return record?.keyid === oneTime ? record : undefined
}

/** The most that may be spent by what was shown, where that is a code. */
export function mostByCode(books: Books, shown: Credential): number {
  const record = recordOf(books, shown)
  return record ? Number(record.reason?.split(' ')[1]) : Number.MAX_SAFE_INTEGER
}

/** Who has come with a code wants to spend: the cashier is told how much. */
export function codePrompts(books: Books, shown: Credential | undefined, store: string): Prompt[] {
  const record = recordOf(books, shown)
  if (!record) return []
  const { currency } = books.programme
  const toman = currency === 'IRR' && books.shops.get(store)?.moneyShown !== 'rial'
  const amount = Number(record.reason?.split(' ')[1]) / (toman ? 10 : 1)
  const unit = toman ? { fa: 'تومان', en: 'toman' } : { fa: currency === 'IRR' ? 'ریال' : currency, en: currency }
  const text = {
    fa: `این رمز برای خرج‌کردن تا ${amount.toLocaleString('fa-IR')} ${unit.fa} از اعتبار است: همان را از مبلغ کم کنید.`,
    en: `This code is for spending up to ${amount.toLocaleString('en-GB')} ${unit.en} of credit: take it off the price.`,
  }
  return [{ audience: 'operator', text, ruleid: 'redemption-code' }]
}
