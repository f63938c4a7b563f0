import type { memberRequests } from '#protocol/head-office/members.ts'
import { VafaError } from '#runtime/errors.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { performAct } from '../../acting.ts'
import type { ClubStore, PersonRecord } from '../../store/store.ts'
import type { Analyst } from '../analyst.ts'
import type { Answers, Performers, Propose } from '../asker.ts'
import { timelineOf } from '../timeline.ts'

const foundMost = 50

type Books = Pick<
  ClubStore,
  'findMembers' | 'person' | 'memberByNumber' | 'household' | 'responses' | 'sales' | 'transfers' | 'act'
>

/** People: looking them up, their whole record, credit by hand, and forgetting them. */
export function memberAnswers(parts: {
  currency(): string
  books: Books
  analyst: Pick<Analyst, 'ask'>
  propose: Propose
  runtime: Runtime
}): { answers: Answers<keyof typeof memberRequests>; performers: Performers<'credit-adjust'> } {
  const { books, analyst, propose, runtime } = parts
  const find = async (number: string): Promise<PersonRecord> => {
    const person = await books.person(number)
    if (person) return person
    throw new VafaError({
      key: 'member.unknown',
      message: `no member has the number ${number}`,
      hint: 'search for the name or the mobile',
    })
  }

  /** A search for a name opens many profiles: one at a time, however many look. */
  let searching: Promise<unknown> = Promise.resolve()
  const search = (text: string) => {
    const found = searching.then(() => books.findMembers({ find: text, most: foundMost }))
    searching = found.catch(() => {})
    return found
  }

  const answers: Answers<keyof typeof memberRequests> = {
    async members({ find: text }) {
      const { members, whole } = await search(text)
      return {
        whole,
        members: members.map(({ number, displayName, mobile, tier, credit, visits, lastVisitAt, erased }) => ({
          number,
          ...(displayName === undefined ? {} : { displayName }),
          ...(mobile === undefined ? {} : { mobile }),
          ...(tier === undefined ? {} : { tier }),
          ...{ credit, visits, erased },
          ...(lastVisitAt === undefined ? {} : { lastVisitAt }),
        })),
      }
    },
    async member({ number }) {
      const person = await find(number)
      const household = await books.household(number)
      const { reactions, surveys } = await books.responses(person.memberid)
      const tier = person.rank?.tier
      return {
        memberid: person.memberid,
        number: person.number,
        currency: parts.currency(),
        profile: person.profile,
        ...(tier === undefined ? {} : { tier }),
        enrolledAt: person.enrolledAt,
        enrolledIn: person.enrolledIn,
        ...(person.erasedAt === undefined ? {} : { erasedAt: person.erasedAt }),
        visits: person.visits,
        purchases: person.purchases,
        ...(person.lastVisitAt === undefined ? {} : { lastVisitAt: person.lastVisitAt }),
        balances: person.balances,
        credentials: person.credentials.map(({ kind, linkedAt, state, since, reason }) => ({
          ...{ kind, linkedAt },
          ...(state === undefined ? {} : { state }),
          ...(since === undefined ? {} : { since }),
          ...(reason === undefined ? {} : { reason }),
        })),
        consents: person.consents.map(({ event: _, ...one }) => one) as never,
        ...(household ? { household: { head: household.head, members: household.members, credit: household.credit } } : {}),
        mergedMembers: [...person.mergedMembers],
        reactions: reactions.map(({ saleid: _, ...one }) => one),
        surveys,
      }
    },
    async 'member-timeline'({ number, limit }) {
      const { memberid, messages } = await find(number)
      const sales = await books.sales({ memberid, limit: limit + 1 })
      const entries = timelineOf({ memberid, messages, sales, transfers: await books.transfers({ memberid }) })
      return { entries: entries.slice(0, limit), whole: entries.length <= limit && sales.length <= limit }
    },
    'member-insight': (asked) => analyst.ask('member-insight', asked),
    async 'credit-adjust'(asked, { user, tell }) {
      const person = await find(asked.number)
      tell({ subject: person.number })
      if (person.erasedAt !== undefined)
        throw new VafaError({ key: 'member.erased', message: `member ${person.number} was erased`, hint: 'nothing was changed' })
      return propose('credit-adjust', { subject: person.number, data: { ...asked, number: person.number }, by: user.name })
    },
    async 'member-erase'({ number, why }, { user, tell }) {
      const person = await find(number)
      tell({ subject: person.number, data: { why } })
      const by = { id: runtime.uuid(), at: isoNow(runtime), actor: user.name }
      await performAct(books, { type: 'vafa.club.member-erased.v1', data: { member: person.number, why } }, by)
      return { number: person.number }
    },
  }

  return {
    answers,
    performers: {
      async 'credit-adjust'({ number, amount, why }, { proposalid, by, agreedBy, tell }) {
        const creditNow = async () => (await books.memberByNumber(number))?.credit
        tell({ subject: number, data: { amount, why }, before: { credit: await creditNow() } })
        const data = { member: number, amount, why, agreedBy }
        const who = { id: proposalid, at: isoNow(runtime), actor: by }
        await performAct(books, { type: 'vafa.club.credit-adjusted.v1', data }, who)
        const credit = await creditNow()
        tell({ after: { credit } })
        return { number, credit }
      },
    },
  }
}
