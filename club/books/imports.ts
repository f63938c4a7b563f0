import type { ErrorKey } from '#protocol/errors.ts'
import { openPurse, type Purse } from '../ledger/purse.ts'
import { accounts } from '../ledger/transfers.ts'
import type { Acted, ActOf } from './acts.ts'
import { nextBirthday } from './birthdays.ts'
import { linkCredential, standingOf } from './cards.ts'
import { type Books, SetAside } from './context.ts'
import { addToDossier } from './dossiers.ts'
import { headOffice } from './head-office.ts'
import type { Member } from './member-records.ts'
import { createMember, memberById, memberReply, saveMember } from './people.ts'
import { ownerOfMobile, saveConsents, saveProfile } from './persons.ts'

/**
 * A member of another club joins with balance and history. Whoever is a member here already, by a card or the mobile,
 * is not taken over: two balances of one person are a matter for a person.
 */
export function bookImport(books: Books, { id: inReplyTo, at, data }: ActOf<'vafa.club.member-imported.v1'>): Acted {
  const { desk } = books
  const { member: given } = data
  if (desk.get('erasure', given.memberid)) throw new SetAside('member.erased', 'asked to be forgotten')
  for (const credential of given.credentials) {
    const standing = standingOf(books, credential, at)
    if (standing.is === 'held') throw new SetAside('card.taken', `a ${credential.kind} belongs to member ${standing.by.number}`)
    if (standing.is === 'refused') throw new SetAside(standing.key, `a ${credential.kind} cannot be given to anybody`)
  }
  const owner = ownerOfMobile(books, given.profile)
  if (owner) throw new SetAside('mobile.taken', `the mobile belongs to member ${owner.number}`)
  const event = desk.nextEvent()
  const { memberid } = createMember(books, given.memberid, { store: '', at: given.enrolledAt ?? at })
  let problem: ErrorKey | undefined
  for (const credential of given.credentials) {
    const member = memberById(books, memberid)
    if (member) problem ??= linkCredential(books, member, credential, { event, at })
  }
  const fresh = desk.get('member', memberid) as Member
  const purse = openPurse(fresh, at)
  bring(purse, 'credit', given.credit)
  for (const [unit, amount] of Object.entries(given.units)) bring(purse, unit, amount)
  const imported: Member = {
    ...fresh,
    ...purse.means(),
    visits: given.visits,
    purchases: given.purchases,
    ...(given.lastVisitAt === undefined ? {} : { lastVisitAt: given.lastVisitAt }),
  }
  desk.put('member', memberid, imported)
  desk.post(purse.transfers, { event, subject: `import:${data.source}`, at })
  saveProfile(books, imported, given.profile)
  saveMember(books, imported, imported, { birthdayAt: nextBirthday(books, memberid, at) })
  saveConsents(books, imported, given.consents, { store: '', event, at })
  addToDossier(books, memberid, { events: [event] })
  return {
    event,
    reply: memberReply(books, { inReplyTo, member: imported, at, problem }),
    personal: { memberid, fields: given.profile },
  }
}

/** Head office answers for what another club granted: a store that takes it is paid by head office. */
function bring(purse: Purse, unit: string, amount: number): void {
  const cause = { kind: 'balance-imported', ruleid: 'import' } as const
  if (amount > 0) purse.receive(unit, accounts.imported(unit), { lot: { issuedBy: headOffice }, amount }, cause)
  else purse.giveWithoutLot(unit, accounts.imported(unit), -amount, cause)
}
