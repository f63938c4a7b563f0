import { z } from 'zod'
import { catalogueProduct } from '#protocol/catalogue.ts'
import { credential } from '#protocol/credentials.ts'
import { bodyHash } from '#protocol/envelope.ts'
import { id, instant, name } from '#protocol/ids.ts'
import { consent, memberProfile, sealed } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { localised } from '#protocol/text.ts'
import { plainReply } from '../booking/replies.ts'
import { adjustCredit } from './adjustments.ts'
import { bookCatalogue } from './catalogue.ts'
import { type Books, SetAside } from './context.ts'
import { issueDigitalCard } from './digital-cards.ts'
import { addToDossier } from './dossiers.ts'
import { eraseMember } from './erasures.ts'
import { headOffice } from './head-office.ts'
import { joinHousehold, leaveHousehold } from './households.ts'
import { bookImport } from './imports.ts'
import type { Member } from './member-records.ts'
import { mergeMembers } from './merging.ts'
import { memberByNumber, memberReply } from './people.ts'
import { lockedFor } from './persons.ts'
import { bookStock } from './stock.ts'

const number = z.string().min(1).max(20)

/** A member as another club knew them. Tokens are made where the raw numbers are read: none of those comes here. */
export const importedMember = z.object({
  memberid: id,
  credentials: z.array(credential).max(10),
  profile: memberProfile,
  consents: z.array(consent).max(30),
  enrolledAt: instant.optional(),
  lastVisitAt: instant.optional(),
  visits: z.int().min(0),
  purchases: z.int().min(0),
  /** In the books' currency. */
  credit: z.int(),
  /** Points and stamps by unit. */
  units: z.record(z.string(), z.int()),
})
export type ImportedMember = z.infer<typeof importedMember>

/** What head office itself does. An act is journalled as a fact is, and has one effect for ever by its id. */
export const act = z.intersection(
  z.object({ id, at: instant, actor: z.string().min(1).max(80) }),
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('vafa.club.members-merged.v1'), data: z.object({ keep: number, drop: number }) }),
    z.object({ type: z.literal('vafa.club.household-joined.v1'), data: z.object({ head: number, member: number }) }),
    z.object({ type: z.literal('vafa.club.household-left.v1'), data: z.object({ member: number }) }),
    z.object({
      type: z.literal('vafa.club.member-imported.v1'),
      data: z.object({ source: z.string().min(1).max(60), row: z.string().min(1).max(60), member: importedMember }),
    }),
    z.object({
      type: z.literal('vafa.club.cards-imported.v1'),
      data: z.object({
        batch: z.string().min(1).max(60),
        cards: z.array(z.object({ tokens: z.array(z.string()).min(1).max(2), store: name.optional() })),
        /** The batch's keys (`cardKeys`), sealed to the club. */
        keys: sealed.optional(),
      }),
    }),
    z.object({
      type: z.literal('vafa.club.digital-card-issued.v1'),
      /** `token`: of the card's number, as the club proves it; `secret`: in base32, sealed to the club. */
      data: z.object({ member: number, token: z.string().length(43), secret: sealed }),
    }),
    z.object({ type: z.literal('vafa.club.catalogue-imported.v1'), data: z.object({ products: z.array(catalogueProduct) }) }),
    z.object({ type: z.literal('vafa.club.erasure-repeated.v1'), data: z.object({ memberid: id }) }),
    z.object({
      type: z.literal('vafa.club.credit-adjusted.v1'),
      data: z.object({
        member: number,
        amount: z.int().refine((amount) => amount !== 0, 'must not be 0'),
        why: z.string().min(1).max(300),
        agreedBy: z.string().min(1).max(80),
      }),
    }),
    z.object({
      type: z.literal('vafa.club.member-erased.v1'),
      data: z.object({ member: number, why: z.string().min(1).max(300) }),
    }),
    z.object({
      type: z.literal('vafa.club.store-commanded.v1'),
      data: z.object({ store: name, name, expiresat: instant }),
    }),
    z.object({
      type: z.literal('vafa.club.alarm-raised.v1'),
      data: z.object({
        rule: z.enum(['two-stores', 'many-redemptions', 'many-returns']),
        subject: z.string().min(1).max(120),
        store: name,
        memberid: id.optional(),
        text: localised,
        since: instant,
      }),
    }),
    z.object({
      type: z.literal('vafa.club.token-keys-changed.v1'),
      data: z.object({ keyid: z.string().min(1).max(40), step: z.enum(['begun', 'retired']) }),
    }),
  ]),
)
export type Act = z.infer<typeof act>
export type ActOf<Type extends Act['type']> = Extract<Act, { type: Type }>

/** What an act leaves: its place, its reply, and what it tells of a person. */
export interface Acted {
  event: number
  reply: Reply
  personal?: { memberid: string; fields: unknown }
}

/**
 * Books one act; a repeat gets its reply again. Whoever asks is there and waits, so what cannot be done is refused by
 * `SetAside` and nothing is kept of it.
 */
export function takeAct(books: Books, given: Act): Reply {
  const { desk, pepper } = books
  const hash = bodyHash({ type: given.type, data: given.data })
  const known = desk.get('entry', given.id)
  if (known?.hash === hash && known.store === headOffice) return JSON.parse(known.reply) as Reply
  if (known) throw new SetAside('event.conflict', 'was done before with other contents')
  const { event, reply, personal } = perform(books, given)
  const locked = personal && lockedFor(books, personal.memberid, personal.fields)
  desk.put('entry', given.id, {
    seq: event,
    id: given.id,
    hash,
    store: headOffice,
    type: given.type,
    boxid: given.actor,
    sequence: 0,
    effectiveAt: given.at,
    receivedAt: given.at,
    status: reply.status,
    body: pepper.journalled(given, locked),
    reply: JSON.stringify(reply),
    memberid: reply.member?.memberid,
  })
  return reply
}

function perform(books: Books, given: Act): Acted {
  const { desk } = books
  switch (given.type) {
    case 'vafa.club.members-merged.v1':
      return merge(books, given)
    case 'vafa.club.household-joined.v1': {
      const [head, member] = [named(books, given.data.head), named(books, given.data.member)]
      if (head.memberid === member.memberid) throw new SetAside('request.invalid', 'head and member are the same one')
      const event = desk.nextEvent()
      if (member.household !== head.memberid) joinHousehold(books, head, member)
      return { event, reply: memberReply(books, { inReplyTo: given.id, at: given.at, member: named(books, given.data.member) }) }
    }
    case 'vafa.club.household-left.v1': {
      const member = named(books, given.data.member)
      return {
        event: desk.nextEvent(),
        reply: memberReply(books, { inReplyTo: given.id, at: given.at, member: leaveHousehold(books, member) }),
      }
    }
    case 'vafa.club.member-imported.v1':
      return bookImport(books, given)
    case 'vafa.club.cards-imported.v1':
      return bookStock(books, given)
    case 'vafa.club.digital-card-issued.v1':
      return issueDigitalCard(books, named(books, given.data.member), given)
    case 'vafa.club.catalogue-imported.v1':
      return bookCatalogue(books, given)
    case 'vafa.club.alarm-raised.v1': {
      const { rule: ruleid, store, memberid, text, since: at } = given.data
      const alert = `${given.id}/0`
      desk.put('alert', alert, { alert, ruleid, text, memberid, store, at })
      return { event: desk.nextEvent(), reply: plainReply(given.id, books.programme.version) }
    }
    // Kept for who asks later; it changes nothing in the books.
    case 'vafa.club.token-keys-changed.v1':
    case 'vafa.club.store-commanded.v1':
      return { event: desk.nextEvent(), reply: plainReply(given.id, books.programme.version) }
    case 'vafa.club.credit-adjusted.v1':
      return adjustCredit(books, named(books, given.data.member), given)
    case 'vafa.club.member-erased.v1': {
      const { memberid } = named(books, given.data.member)
      const event = desk.nextEvent()
      eraseMember(books, memberid, { event, at: given.at })
      return { event, reply: plainReply(given.id, books.programme.version) }
    }
    case 'vafa.club.erasure-repeated.v1': {
      const event = desk.nextEvent()
      eraseMember(books, given.data.memberid, { event, at: given.at })
      return { event, reply: plainReply(given.id, books.programme.version) }
    }
  }
}

function merge(books: Books, { id: inReplyTo, at, data }: ActOf<'vafa.club.members-merged.v1'>): Acted {
  const [keep, drop] = [named(books, data.keep), named(books, data.drop)]
  const event = books.desk.nextEvent()
  const member = keep.memberid === drop.memberid ? keep : mergeMembers(books, { keep, drop, event, at })
  addToDossier(books, member.memberid, { events: [event] })
  return { event, reply: memberReply(books, { inReplyTo, member, at }) }
}

function named(books: Books, given: string): Member {
  const member = memberByNumber(books, given)
  if (!member) throw new SetAside('member.unknown', `member number ${given}: is not known`)
  if (member.erasedAt !== undefined) throw new SetAside('member.erased', `member number ${given}: was erased`)
  return member
}
