import { expect, it } from 'vitest'
import type { BasketLine } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type BoxOnTrial, begin, cardOf, clubOnTrial } from './club-on-trial.ts'

// What tills and boxes that are broken, old or hostile send, through real MQTT. docs/protocol.md has each answer.

const saras = cardOf('04A1B2C3')
const everyone = { id: 'everyone', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] }
const said = ({ status, error }: Reply) => [status, error?.key]
const reasonOf = ({ error }: Reply) => error?.reason ?? ''
const available = ({ balances }: Reply) => balances?.find((one) => one.unit === 'credit')?.available

const saleOf = (total: number, more: object = {}) => ({
  saleid: systemRuntime.uuid(),
  member: saras,
  businessdate: '2026-09-05',
  currency: 'IRR',
  total,
  lines: [],
  mode: 'live',
  applied: [],
  payable: total,
  tenders: total === 0 ? [] : [{ kind: 'cash', amount: total }],
  ...more,
})

async function clubAndBox() {
  const trial = await clubOnTrial({ rules: [everyone] })
  const box = await trial.connect()
  await box.enrol()
  const sell = (total: number, more: object = {}, envelope: object = {}) =>
    box.fact('vafa.sale.completed.v1', saleOf(total, more), envelope)
  /** Whatever came, the next sale is booked, and the books are right. */
  const goesOn = async () => {
    expect(said(await sell(1_000))).toEqual(['accepted', undefined])
    expect(await trial.club.books.audit()).toEqual([])
  }
  return { ...trial, box, sell, goesOn }
}

it('an amount below zero, a fraction of a rial or one that is no number is set aside, and named', async () => {
  const { box, club, sell, goesOn } = await clubAndBox()
  for (const total of [-1, 0.5, 2 ** 53]) {
    const reply = await sell(total)
    expect(said(reply)).toEqual(['quarantined', 'request.invalid'])
    expect(reasonOf(reply)).toContain('data.total')
  }
  const [line] = [{ product: 'bread', quantity: -2, amount: 1_000 }]
  expect(reasonOf(await sell(1_000, { lines: [line] }))).toContain('data.lines.0.quantity')
  const quote = await box.ask('vafa.sale.quoted.v1', saleOf(-1))
  expect(said(quote)).toEqual(['declined', 'request.invalid'])
  expect(await club.books.totals()).toMatchObject({ sales: 0, transfers: 0, quarantined: 4 })
  await goesOn()
})

it('a sale of 10¹⁵ rials is booked to the rial; what would leave exact integers is set aside', async () => {
  const { club, sell, goesOn } = await clubAndBox()
  expect(available(await sell(10 ** 15))).toBe(10 ** 14)
  expect(available(await sell(10 ** 15 + 9))).toBe(2 * 10 ** 14)
  const most = Number.MAX_SAFE_INTEGER
  for (let n = 0; n < 9; n++) expect((await sell(most)).status).toBe('accepted')
  const reply = await sell(most)
  expect(said(reply)).toEqual(['quarantined', 'event.unsupported'])
  expect(reasonOf(reply)).toContain('range of exact integers')
  expect(await club.books.totals()).toMatchObject({ sales: 11, quarantined: 1 })
  await goesOn()
})

it('a basket of more than 500 lines is set aside whole; one of 10,000 is no message that a box may send', async () => {
  const { box, club, connect, sell, goesOn } = await clubAndBox()
  const basket = (count: number): BasketLine[] =>
    Array.from({ length: count }, (_, n) => ({ product: `p${n}`, quantity: 1, amount: 100 }))
  expect(said(await sell(50_000, { lines: basket(500) }))).toEqual(['accepted', undefined])
  const reply = await sell(200_000, { lines: basket(2_000) })
  expect(said(reply)).toEqual(['quarantined', 'request.invalid'])
  expect(reasonOf(reply)).toContain('data.lines')
  const { text } = await club.books.quarantined({ id: reply.inReplyTo })
  expect(JSON.parse(text).data.lines).toHaveLength(2_000)
  await goesOn()

  // Over 256 KiB the connection ends, before anything of it is read; nobody else notices.
  const ended = new Promise<void>((resolve) => void box.client.once('close', () => resolve()))
  const large = box.factOf('vafa.sale.completed.v1', saleOf(1_000_000, { lines: basket(10_000) }))
  box.client.publish(box.topics.facts('order'), JSON.stringify(large), { qos: 1 })
  await ended
  const other = await connect('s2')
  expect(said(await other.fact('vafa.sale.completed.v1', saleOf(1_000)))).toEqual(['accepted', undefined])
  expect(await club.books.totals()).toMatchObject({ sales: 3, quarantined: 1 })
})

it('a clock of 1970 counts from when the club heard of it, where the box says that it is not set', async () => {
  const { club, sell, goesOn } = await clubAndBox()
  const long = { time: '1970-01-01T00:00:00.000Z' }
  expect(said(await sell(1_000_000, {}, { ...long, clocksynced: 'unsynced' }))).toEqual(['accepted', undefined])
  expect((await club.books.sales({}))[0]?.at).toBe(new Date(begin).toISOString())
  // A box that swears by it is believed: a backlog can be old. It is seen by its sale's instant.
  expect(said(await sell(1_000_000, {}, long))).toEqual(['accepted', undefined])
  expect((await club.books.sales({}))[0]?.at).toBe('1970-01-01T00:00:00.000Z')
  const ahead = { time: '2099-01-01T00:00:00.000Z' }
  expect(said(await sell(1_000_000, {}, ahead))).toEqual(['accepted', undefined])
  expect((await club.books.sales({}))[0]?.at).toBe(new Date(begin).toISOString())
  const late = await lateRequest(await clubAndBox())
  expect(said(late)).toEqual(['declined', 'request.expired'])
  await goesOn()
})

/** A question whose time was over before it was asked. */
function lateRequest({ box }: { box: BoxOnTrial }): Promise<Reply> {
  const { sequence: _, ...message } = box.factOf('vafa.credential.presented.v1', { credential: saras })
  return box.send('requests', { ...message, expiresat: '1970-01-01T00:00:05.000Z' } as { id: string })
}

it('an old or unknown version of the programme changes nothing: the club’s own decides', async () => {
  const { sell, goesOn } = await clubAndBox()
  for (const programmeVersion of [0, 7])
    expect(await sell(1_000_000, { programmeVersion })).toMatchObject({ status: 'accepted', programmeVersion: 1 })
  expect(said(await sell(1_000_000, { programmeVersion: -1 }))).toEqual(['quarantined', 'request.invalid'])
  await goesOn()
})

it('a store that speaks as another is set aside, and the other store hears nothing of it', async () => {
  const { club, connect, sell, goesOn } = await clubAndBox()
  const other = await connect('s2')
  const reply = await sell(1_000_000, {}, { source: '/stores/s2/devices/till' })
  expect(said(reply)).toEqual(['quarantined', 'request.invalid'])
  expect(reasonOf(reply)).toContain("speaks for s2, but the connection is s1's")
  expect(await club.books.totals()).toMatchObject({ sales: 0, quarantined: 1 })
  // Its own are booked as ever, and are all that it has heard of.
  const own = await other.fact('vafa.sale.completed.v1', saleOf(1_000))
  expect(own.status).toBe('accepted')
  expect(other.heard()).toEqual([own])
  await goesOn()
})

it('bytes that are no message, an unknown type and another currency are set aside', async () => {
  const { box, club, sell, goesOn } = await clubAndBox()
  box.client.publish(box.topics.facts('order'), Buffer.from([0xff, 0xfe, 0x00]), { qos: 1 })
  box.client.publish(box.topics.facts('order'), '[1, 2', { qos: 1 })
  expect(said(await box.fact('vafa.of-a-newer-box.v1', {}))).toEqual(['quarantined', 'event.unsupported'])
  const euros = await sell(1_000, { currency: 'EUR' })
  expect([...said(euros), reasonOf(euros)]).toEqual(['quarantined', 'request.invalid', expect.stringContaining('kept in IRR')])
  expect(await club.books.totals()).toMatchObject({ sales: 0, quarantined: 4 })
  await goesOn()
})
