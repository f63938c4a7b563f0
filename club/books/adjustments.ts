import { openPurse } from '../ledger/purse.ts'
import { accounts } from '../ledger/transfers.ts'
import type { Acted, ActOf } from './acts.ts'
import { type Books, SetAside } from './context.ts'
import { addToDossier } from './dossiers.ts'
import { headOffice } from './head-office.ts'
import type { Member } from './member-records.ts'
import { memberReply, saveMember } from './people.ts'

/**
 * Two people of head office give a member credit, or take some that can be used now. Head office answers for what it
 * gives: a store that takes it is paid by head office.
 */
export function adjustCredit(books: Books, member: Member, { id, at, data }: ActOf<'vafa.club.credit-adjusted.v1'>): Acted {
  const { amount } = data
  const cause = { kind: 'credit-adjusted', ruleid: 'adjustment' } as const
  const purse = openPurse(member, at)
  if (amount > 0) purse.receive('credit', accounts.adjusted, { lot: { issuedBy: headOffice }, amount }, cause)
  else {
    const taken = purse.spend('credit', accounts.adjusted, -amount, cause)
    if (taken.amount < -amount) throw new SetAside('credit.insufficient', `only ${taken.amount} can be used now`)
  }
  const event = books.desk.nextEvent()
  const adjusted = saveMember(books, member, { ...member, ...purse.means() })
  books.desk.post(purse.transfers, { event, subject: `adjustment:${id}`, at })
  addToDossier(books, member.memberid, { events: [event] })
  return { event, reply: memberReply(books, { inReplyTo: id, member: adjusted, at }) }
}
