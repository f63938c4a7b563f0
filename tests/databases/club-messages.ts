import { createHmac } from 'node:crypto'
import type { Arrival } from '#club/booking/arrival.ts'
import type { Outcome } from '#club/store/store.ts'
import type { Credential } from '#protocol/credentials.ts'
import { formatSequence } from '#protocol/ids.ts'
import type { FactType, MessageData, RequestType } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'

export const start = Date.parse('2026-11-21T08:00:00.000Z')
export const hour = 3_600_000

/** A counted UUID of version 7. */
export const idOf = (n: number): string => `01930000-0000-7000-8000-${String(n).padStart(12, '0')}`

/** The credential of a named card, as a box would send it. */
export const card = (name: string): Credential & { token: string } => ({
  kind: 'nfc-uid',
  keyid: 'k1',
  token: createHmac('sha256', 'token key').update(name).digest('base64url'),
})

/** A box that makes messages: its ids, numbers and time count by themselves. */
export function createBox(options: { store?: string; boxid?: string; firstId?: number } = {}) {
  const { store = 's1', boxid = idOf(999_000), firstId = 1 } = options
  let ids = firstId
  let sequence = 0
  const nextId = () => idOf(ids++)
  const envelope = (at: number, orderkey: string) => ({
    specversion: '1.0',
    id: nextId(),
    source: `/stores/${store}/devices/till`,
    subject: 'lane-1',
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    boxid,
    orderkey,
    bootid: idOf(999_001),
    clocksynced: 'synced',
  })
  const fact = <T extends FactType>(type: T, data: MessageData<T>, at = start) => ({
    ...envelope(at, 'order'),
    sequence: formatSequence(++sequence),
    type,
    data,
  })
  return {
    store,
    nextId,
    fact,
    request: <T extends RequestType>(type: T, data: MessageData<T>, at = start) => ({
      ...envelope(at, 'order'),
      expiresat: new Date(at + 5_000).toISOString(),
      type,
      data,
    }),
    sale(given: Partial<MessageData<'vafa.sale.completed.v1'>> & { total: number }, at = start) {
      const off = (given.applied ?? []).reduce((sum, one) => sum + one.amount, 0)
      const payable = given.total - off - (given.redemption?.amount ?? 0)
      const data = {
        saleid: nextId(),
        businessdate: '2026-11-21',
        currency: 'IRR',
        lines: [],
        mode: 'live' as const,
        applied: [],
      }
      return fact('vafa.sale.completed.v1', { ...data, payable, tenders: [{ kind: 'cash', amount: payable }], ...given }, at)
    },
    /** Asks the club to hold credit of a card's member. */
    reserve: (name: string, amount: number, more: Partial<MessageData<'vafa.redemption.reserved.v1'>> = {}, at = start) => {
      const data = { redemptionid: nextId(), member: card(name), amount, currency: 'IRR', capture: 'whole' as const, ...more }
      const { id, ...rest } = envelope(at, 'order')
      const expiresat = new Date(at + 5_000).toISOString()
      return { id, ...rest, expiresat, type: 'vafa.redemption.reserved.v1' as const, data }
    },
    reversal: (saleid: string, at = start) => fact('vafa.sale.reversed.v1', { saleid, reason: 'operator', mode: 'live' }, at),
    enrolment: (name: string, more: Partial<MessageData<'vafa.member.enrolled.v1'>> = {}) =>
      fact('vafa.member.enrolled.v1', {
        memberid: nextId(),
        credentials: [card(name)],
        consents: [{ purpose: 'club', given: true }],
        ...more,
      }),
  }
}

/** As the club's intake hands it on. */
export const arrivalOf = (message: object, store = 's1', receivedat = '2026-12-31T00:00:00.000Z'): Arrival => ({
  store,
  receivedat,
  payload: new TextEncoder().encode(JSON.stringify(message)),
})

export const repliesOf = (outcome: Outcome): Reply[] => outcome.answers.map((answer) => JSON.parse(answer.body) as Reply)
