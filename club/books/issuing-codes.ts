import { mostBy } from '#programme/redemption.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { Request } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { standingOf } from '../booking/member.ts'
import { errorReply, plainReply } from '../booking/replies.ts'
import { openPurse } from '../ledger/purse.ts'
import type { Books, Entry } from './context.ts'
import { addToDossier } from './dossiers.ts'
import { journalEvent, knownEvent } from './journal.ts'
import type { Member } from './member-records.ts'
import { codeGoodMs, codeOf, codeRecord } from './one-time-codes.ts'
import { findMember, saveMember } from './people.ts'
import { allowedOf, closeRedemption, dropHold } from './redemptions.ts'

type Issued = Request<'vafa.code.issued.v1'>

/**
 * Issues a code by which credit is spent at any till, holds the credit for as long as the code is good, and journals that it
 * was issued, not what it is. A member has one such code at a time: the one before is worth nothing from then on.
 */
export function issueRedemptionCode(books: Books, entry: Entry<Issued>): { reply: string; memberid?: string | undefined } {
  const { desk, programme } = books
  const { fact: request, arrival, hash, effectiveAt: at } = entry
  const { member: credential, amount = 0 } = request.data
  const redemptionid = request.id
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
  // What no till would take off later is refused here.
  const most = mostBy(programme, credential)
  if (most < amount) return decline('redemption.unproven', `amount: at most ${most} by a ${credential.kind}`)
  if (allowedOf(programme, amount) < amount)
    return decline('redemption.refused', `amount: ${JSON.stringify(programme.redemption)}`)
  const before = openCodes(books, member)
  const heldBefore = before.reduce((sum, one) => sum + one.amount, 0)
  if (standingOf(member, 'credit', at).available + heldBefore < amount) return decline('credit.insufficient')
  const code = codeOf(books, redemptionid)
  if (desk.get('credential', code.token)) return decline('club.failed', 'this code is in use: ask again')

  const event = desk.nextEvent()
  const freed = before.reduce((_, one) => endCode(books, one.redemptionid, { event, at }) ?? member, member)
  const until = new Date(Date.parse(at) + codeGoodMs).toISOString()
  const purse = openPurse(freed, at)
  purse.hold({ redemptionid, amount, lapsesAt: until })
  desk.post(purse.transfers, { event, subject: redemptionid, at })
  const { memberid } = saveMember(books, freed, { ...freed, ...purse.means() })
  addToDossier(books, memberid, { events: [event] })
  desk.put('redemption', redemptionid, {
    ...{ redemptionid, store: arrival.store, state: 'held', memberid, amount, lapsesAt: until, heldBy: event },
  })
  desk.put('credential', code.token, codeRecord(code, { memberid, redemptionid, at, until }))
  const reply: Reply = { ...plainReply(request.id, programme.version) }
  journalEvent(books, entry, { event, reply, originalid: undefined, locked: undefined })
  return { reply: JSON.stringify({ ...reply, code: { code: `${code.card}.${code.digits}`, until } }), memberid }
}

/** What is held for codes of the member's that nobody has shown yet: a redemption that a code stands for has that code's id. */
const openCodes = ({ desk }: Books, { holds = [] }: Member) =>
  holds.filter(({ redemptionid }) => desk.get('entry', redemptionid)?.type === 'vafa.code.issued.v1')

/** A code is good no longer, and what was held for it is the member's again. */
function endCode(books: Books, redemptionid: string, { event, at }: { event: number; at: string }): Member | undefined {
  const { desk } = books
  const redemption = desk.get('redemption', redemptionid)
  if (!redemption) return undefined
  const member = dropHold(books, redemption, { event, at })
  closeRedemption(books, redemption, 'voided')
  const { token } = codeOf(books, redemptionid)
  const record = desk.get('credential', token)
  if (record?.since !== undefined && at < record.since) desk.put('credential', token, { ...record, since: at })
  return member
}
