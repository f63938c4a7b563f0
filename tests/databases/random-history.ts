import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import type { BasketLine } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { seal } from '#protocol/sealing.ts'
import { arrivalOf, card, createBox, hour, idOf, repliesOf, start } from './club-messages.ts'
import { historySettings, people, type Step } from './random-steps.ts'

export interface Sent {
  message: { id: string } & Record<string, unknown>
  /** The club's last word to it. */
  reply: string | undefined
}

/** Plays steps to a club's books; tells everything that was sent, in its order, and what came back. */
export function createPlayer(store: ClubStore, options: { sealingKey?: StoreSettings['sealingKey']; firstId?: number } = {}) {
  const { sealingKey = historySettings.sealingKey, firstId = 1 } = options
  const box = createBox({ firstId })
  const other = createBox({ store: 's2', boxid: idOf(999_500), firstId: firstId + 100_000 })
  const sent: Sent[] = []
  const sold: { saleid: string; reference?: string | undefined }[] = []
  let now = start

  const lines = (quantity: number): BasketLine[] =>
    quantity === 0 ? [] : [{ product: 'latte', category: 'coffee', quantity, amount: quantity * 10_000 }]
  const member = (name: string | undefined) => (name === undefined ? {} : { member: card(name) })
  const newest = <T>(all: readonly T[], of: number): T | undefined => all[all.length - 1 - (of % Math.max(1, all.length))]

  async function sale(name: string | undefined, items: number, { quoted = false, late: hours = 0, till = box }: SaleWay = {}) {
    const total = items * 10_000
    const given = { total, lines: lines(items), ...member(name), tillreceipt: `T-${items}` }
    const plain = till.sale(given, now + hours * hour)
    sold.push({ saleid: plain.data.saleid })
    if (!quoted) return plain
    const asked = box.request('vafa.sale.quoted.v1', { ...plain.data }, now)
    const [quote] = repliesOf(await store.answer([arrivalOf(asked, 's1', new Date(now).toISOString())]))
    const applied = (quote?.effects ?? []).flatMap((one) =>
      one.kind === 'discount' && one.granted > 0
        ? [{ kind: 'discount' as const, ruleid: one.ruleid, amount: one.granted, currency: 'IRR' }]
        : [],
    )
    const off = applied.reduce((sum, one) => sum + one.amount, 0)
    const { quoteid } = quote?.quote ?? {}
    const data = {
      ...plain.data,
      ...(quoteid === undefined ? {} : { quoteid }),
      applied,
      payable: total - off,
      tenders: [{ kind: 'cash' as const, amount: total - off }],
    }
    return { ...plain, data }
  }

  /** Holds credit, and whatever comes of it. */
  async function spend({ who: name, credit, store: where, outcome }: Extract<Step, { kind: 'spend' }>): Promise<object[]> {
    const till = where === 's1' ? box : other
    const redemptionid = till.nextId()
    const amount = credit * 1_000
    const member = card(name)
    const asked = till.request(
      'vafa.redemption.reserved.v1',
      { redemptionid, member, amount, currency: 'IRR', capture: 'up-to' },
      now,
    )
    if (outcome !== 'sale-only') await store.answer([arrivalOf(asked, where, new Date(now).toISOString())])
    if (outcome === 'nothing') return []
    if (outcome === 'voided') return [till.fact('vafa.redemption.voided.v1', { redemptionid }, now)]
    if (outcome === 'captured')
      return [till.fact('vafa.redemption.captured.v1', { redemptionid, member, amount, currency: 'IRR' }, now)]
    const fact = await sale(name, 4, { till })
    const payable = fact.data.total - amount
    const data = {
      ...fact.data,
      redemption: { redemptionid, amount },
      payable,
      tenders: [{ kind: 'cash' as const, amount: payable }],
    }
    return [{ ...fact, data }]
  }

  const idOfMember = async (name: string): Promise<string> => {
    const all = await store.members()
    return all[people.indexOf(name as (typeof people)[number]) % Math.max(1, all.length)]?.memberid ?? box.nextId()
  }

  /** What head office does itself; what cannot be done is refused and leaves nothing. */
  async function actOf({
    kind,
    who: name,
    of,
  }: {
    kind: 'merge' | 'household' | 'import' | 'adjust' | 'erase-here'
    who: string
    of: number
  }) {
    const all = await store.members()
    const [keep = '', drop = ''] = [all[of % Math.max(1, all.length)]?.number, all[(of + 1) % Math.max(1, all.length)]?.number]
    const own = { id: box.nextId(), at: new Date(now).toISOString(), actor: 'clerk' }
    if (kind === 'merge') await store.act([{ ...own, type: 'vafa.club.members-merged.v1', data: { keep, drop } }])
    if (kind === 'household')
      await store.act([{ ...own, type: 'vafa.club.household-joined.v1', data: { head: keep, member: drop } }])
    const why = 'a complaint'
    if (kind === 'adjust')
      await store.act([
        {
          ...own,
          type: 'vafa.club.credit-adjusted.v1',
          data: { member: keep, amount: of % 2 ? of * 500 : -1 - of * 100, why, agreedBy: 'chief' },
        },
      ])
    if (kind === 'erase-here') await store.act([{ ...own, type: 'vafa.club.member-erased.v1', data: { member: keep, why } }])
    if (kind !== 'import') return
    const history = { visits: of, purchases: of, credit: of * 1_000 - 5_000, units: { 'points:club': of } }
    const member = {
      memberid: box.nextId(),
      credentials: [card(`old ${name}`)],
      profile: { displayName: name },
      consents: [],
      ...history,
    }
    await store.act([{ ...own, type: 'vafa.club.member-imported.v1', data: { source: 'other', row: own.id, member } }])
  }

  async function messagesOf(one: Step): Promise<object[]> {
    switch (one.kind) {
      case 'enrol': {
        const mobile = one.mobile === null ? {} : { mobile: `+98912000000${one.mobile}` }
        const told = { sex: one.who === 'sara' ? 'female' : 'male', birthday: '1370-09-03' }
        const profile = seal({ displayName: one.who, ...told, ...mobile }, sealingKey)
        const referredBy = (await store.members())[0]?.number
        return [
          box.enrolment(one.who, {
            profile,
            ...(referredBy === undefined ? {} : { referredBy }),
            consents: [{ purpose: 'club', channel: 'sms', given: true }],
          }),
        ]
      }
      case 'sale':
        return [await sale(one.who, one.items, one)]
      case 'reverse': {
        const found = newest(sold, one.of)
        return found ? [box.reversal(found.saleid, now)] : []
      }
      case 'return': {
        const found = newest(sold, one.of)
        const lines = [{ line: 0, quantity: one.quantity }]
        const data = {
          returnid: box.nextId(),
          saleid: found?.saleid ?? box.nextId(),
          lines,
          currency: 'IRR',
          mode: 'live' as const,
        }
        return [box.fact('vafa.sale.returned.v1', data, now)]
      }
      case 'reversed-first': {
        const fact = await sale(one.who, one.items)
        return [box.reversal(fact.data.saleid, now), fact]
      }
      case 'advised': {
        const original = await sale(one.who, 3)
        const advice = box.fact('vafa.decision.advised.v1', {
          original,
          effects: [],
          programmeVersion: 3,
          decidedat: original.time,
          reference: 'AAAAA-BBBBB',
        } as never)
        return one.first === 'sale' ? [original, advice] : [advice, original]
      }
      case 'twin': {
        const fact = { ...(await sale(one.who, one.items)), originalid: `till-7-${box.nextId()}` }
        return [fact, { ...fact, id: box.nextId() }]
      }
      case 'claim': {
        const reference = newest(sold, one.of)?.reference
        return reference === undefined ? [] : [box.fact('vafa.receipt.claimed.v1', { reference, member: card(one.who) }, now)]
      }
      case 'link':
        return [
          box.fact('vafa.card.linked.v1', { memberid: await idOfMember(one.who), credential: card(`spare ${one.card}`) }, now),
        ]
      case 'block':
        return [box.fact('vafa.card.blocked.v1', { credential: card(`spare ${one.card}`), reason: 'lost' }, now)]
      case 'replace':
        return [box.fact('vafa.card.replaced.v1', { old: card(`spare ${one.card}`), new: card(`new ${one.card}`) }, now)]
      case 'update': {
        const profile = seal({ language: 'fa', mobile: `+98912000000${one.of % 3}` }, sealingKey)
        return [box.fact('vafa.member.updated.v1', { memberid: await idOfMember(one.who), profile, consents: [] }, now)]
      }
      case 'erase':
        return [box.fact('vafa.member.erased.v1', { memberid: await idOfMember(one.who) }, now)]
      case 'merge':
      case 'household':
      case 'import':
      case 'adjust':
      case 'erase-here':
        await actOf({ ...one, kind: one.kind })
        return []
      case 'spend':
        return spend(one)
      case 'tick':
        now += one.days * 24 * hour
        await store.tick(new Date(now).toISOString())
        return []
      case 'release': {
        const [aside] = await store.quarantine()
        if (!aside) return []
        const by = { who: 'clerk', at: new Date(now).toISOString(), why: 'put right' }
        const { text } = await store.quarantined({ id: aside.eventid, hash: aside.hash })
        const correction = text.replace('EUR', 'IRR')
        // What still cannot be booked stays where it is.
        const released = await store
          .release({ id: aside.eventid, hash: aside.hash }, { ...by, correction })
          .catch(() => undefined)
        // What its box is told, of this event and of those that waited for it, comes later.
        if (released) for (const known of sent) known.reply = undefined
        return []
      }
      case 'react':
        return [box.fact('vafa.offer.reacted.v1', { member: card(one.who), offerid: 'gift', reaction: 'accepted' }, now)]
      case 'survey':
        return [box.fact('vafa.survey.answered.v1', { member: card(one.who), surveyid: 'tea', option: 2, comment: 'good' }, now)]
      case 'tap':
        return [box.fact('vafa.visit.recorded.v1', { member: card(one.who) }, now)]
      case 'day': {
        const totals = { sales: 1, total: 10_000, discount: 0, reversed: 0 }
        return [box.fact('vafa.day.closed.v1', { businessdate: '2026-11-21', currency: 'IRR', mode: 'live', ...totals }, now)]
      }
      case 'foreign-money': {
        const fact = await sale('sara', 1)
        return [{ ...fact, data: { ...fact.data, currency: 'EUR' } }]
      }
      case 'repeat': {
        const known = newest(sent, one.of)
        return known ? [known.message] : []
      }
      case 'conflict': {
        const known = newest(sent, one.of)
        return known ? [{ ...known.message, subject: 'lane-9' }] : []
      }
    }
  }

  return {
    box,
    sent,
    /** Takes one batch of steps; gives the replies to it. */
    async play(steps: readonly Step[]): Promise<Reply[]> {
      const messages: object[] = []
      for (const one of steps) messages.push(...(await messagesOf(one)))
      now += 5 * hour
      if (messages.length === 0) return []
      const outcome = await store.commitBatch(messages.map((one) => arrivalOf(one, storeOf(one), new Date(now).toISOString())))
      const latest = new Map(outcome.answers.map(({ inReplyTo, body }) => [inReplyTo, body]))
      for (const one of messages as Sent['message'][]) {
        const before = sent.find(({ message }) => message.id === one.id)
        if (!before) sent.push({ message: one, reply: latest.get(one.id) })
      }
      for (const known of sent) {
        const body = latest.get(known.message.id)
        // A conflict's answer is not the last word to the event that was there before.
        if (body !== undefined && !isConflict(body)) known.reply = body
      }
      const replies = repliesOf(outcome)
      for (const one of sold) one.reference ??= referenceOf(sent, one.saleid)
      return replies
    },
  }
}

interface SaleWay {
  quoted?: boolean
  /** Hours from now. */
  late?: number
  till?: ReturnType<typeof createBox>
}

const storeOf = (message: object): string => ((message as { source?: string }).source?.includes('/s2/') ? 's2' : 's1')

const isConflict = (body: string) => (JSON.parse(body) as Reply).error?.key === 'event.conflict'

function referenceOf(sent: readonly Sent[], saleid: string): string | undefined {
  const fact = sent.find(
    ({ message }) =>
      (message as { data?: { saleid?: string } }).data?.saleid === saleid && message.type === 'vafa.sale.completed.v1',
  )
  return fact?.reply === undefined ? undefined : (JSON.parse(fact.reply) as Reply).receipt?.reference
}
