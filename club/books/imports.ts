import type { ErrorKey } from '#protocol/errors.ts'
import { accounts, type TransferDraft } from '../ledger/transfers.ts'
import type { Acted, ActOf } from './acts.ts'
import { linkCredential, standingOf } from './cards.ts'
import { type Books, SetAside } from './context.ts'
import { addToDossier } from './dossiers.ts'
import { createMember, memberById, memberReply } from './people.ts'
import { memberByMobile, saveConsents, saveProfile } from './persons.ts'
import type { Member } from './records.ts'

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
  const owner = given.profile.mobile === undefined ? undefined : memberByMobile(books, given.profile.mobile)
  if (owner) throw new SetAside('mobile.taken', `the mobile belongs to member ${owner.number}`)
  const event = desk.nextEvent()
  const { memberid } = createMember(books, given.memberid, { store: '', at: given.enrolledAt ?? at })
  let problem: ErrorKey | undefined
  for (const credential of given.credentials) {
    const fresh = memberById(books, memberid)
    if (fresh) problem ??= linkCredential(books, fresh, credential, { event, at })
  }
  const imported: Member = {
    ...(desk.get('member', memberid) as Member),
    visits: given.visits,
    purchases: given.purchases,
    credit: given.credit,
    units: given.units,
    ...(given.lastVisitAt === undefined ? {} : { lastVisitAt: given.lastVisitAt }),
  }
  desk.put('member', memberid, imported)
  desk.post(brought(imported), { event, subject: `import:${data.source}`, at })
  saveProfile(books, imported, given.profile)
  saveConsents(books, imported, given.consents, { store: '', event, at })
  addToDossier(books, memberid, { events: [event] })
  return {
    event,
    reply: memberReply(books, { inReplyTo, member: imported, problem }),
    personal: { memberid, fields: given.profile },
  }
}

function brought({ memberid, credit, units }: Member): TransferDraft[] {
  const transfer = (house: string, own: string, amount: number, unit?: string): TransferDraft[] => {
    if (amount === 0) return []
    const [debit, to] = amount > 0 ? [house, own] : [own, house]
    const what = { debit, credit: to, amount: Math.abs(amount), kind: 'balance-imported', ruleid: 'import' } as const
    return [unit === undefined ? what : { ...what, unit }]
  }
  return [
    ...transfer(accounts.imported('credit'), accounts.memberCredit(memberid), credit),
    ...Object.entries(units).flatMap(([unit, amount]) =>
      transfer(accounts.imported(unit), accounts.memberUnit(memberid, unit), amount, unit),
    ),
  ]
}
