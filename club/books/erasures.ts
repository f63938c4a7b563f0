import type { Fact } from '#protocol/messages.ts'
import { plainReply } from '../booking/replies.ts'
import type { Cause } from './cards.ts'
import type { Booked, Books, Entry } from './context.ts'
import { dossierOf } from './dossiers.ts'
import { leaveHousehold } from './households.ts'
import { memberById } from './people.ts'

/**
 * A person is forgotten: the key goes, and with it whatever it locks; nothing leads from a card or a mobile to the
 * member any more. The books keep ids and amounts. A card that was blocked stays blocked.
 */
export function eraseMember(books: Books, memberid: string, { event, at }: Cause): void {
  const { desk } = books
  const member = memberById(books, memberid)
  const ids = new Set(member ? [memberid, member.memberid, ...dossierOf(books, member.memberid).merged] : [memberid])
  for (const one of ids) {
    if (!desk.get('erasure', one)) desk.put('erasure', one, { memberid: one, event, at })
    if (desk.get('profile', one)) desk.drop('profile', one)
  }
  if (!member || member.erasedAt !== undefined) return
  const { tokens, mobiles, events, merged } = dossierOf(books, member.memberid)
  for (const mobile of mobiles) desk.drop('mobile', mobile)
  for (const token of tokens) {
    const credential = desk.get('credential', token)
    const moved = credential?.movedTo === undefined ? undefined : desk.get('credential', credential.movedTo)
    if (moved?.state !== undefined) continue
    if (credential?.state === undefined) desk.drop('credential', token)
    else desk.put('credential', token, { ...credential, memberid: undefined })
  }
  desk.put('dossier', member.memberid, {
    memberid: member.memberid,
    tokens: [],
    mobiles: [],
    events: events.includes(event) ? events : [...events, event],
    merged,
  })
  const { birthdayAt: _, ...alone } = leaveHousehold(books, member)
  desk.put('member', member.memberid, { ...alone, erasedAt: at })
}

/** The member asked to be forgotten. */
export function bookErased(books: Books, { fact, effectiveAt: at }: Entry<Fact<'vafa.member.erased.v1'>>): Booked {
  const event = books.desk.nextEvent()
  eraseMember(books, fact.data.memberid, { event, at })
  return { event, reply: plainReply(fact.id, books.programme.version) }
}
