import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import { fieldsOf } from '#protocol/receipt.ts'
import { type Reply, reply as replySchema } from '#protocol/reply.ts'
import { makeSealingKey, seal } from '#protocol/sealing.ts'
import { arrivalOf, card, createBox, hour, idOf, repliesOf, start } from './club-messages.ts'

const programme = programmeSchema.parse(parse(readFileSync(new URL(import.meta.resolve('#programme/default.yaml')), 'utf8')))
const sealingKey = makeSealingKey('seal-1')

export const storeSettings: StoreSettings = {
  club: 'demo',
  shops: ['s1', 's2'].map((store) => ({
    club: 'demo',
    store,
    name: { fa: `فروشگاه ${store}`, en: `Store ${store}` },
    moneyShown: 'toman',
  })),
  programmes: { current: programme },
  pepper: 'a pepper for tests',
  sealingKey,
}

/** What every store of the club's books must do, whatever keeps them. `open` opens the same books again for the same folder. */
export function clubStoreConformance(name: string, open: (folder: string, settings: StoreSettings) => Promise<ClubStore>) {
  describe(`the club's books in ${name}`, () => {
    let folder: string
    let store: ClubStore
    let box: ReturnType<typeof createBox>

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
      store = await open(folder, storeSettings)
      box = createBox()
    })
    afterEach(async () => {
      await store.close()
      rmSync(folder, { recursive: true })
    })

    const take = async (...messages: object[]) => {
      const replies = repliesOf(await store.commitBatch(messages.map((one) => arrivalOf(one))))
      for (const one of replies) replySchema.parse(one)
      return replies
    }
    const takeOne = async (message: object): Promise<Reply> => {
      const [first] = await take(message)
      if (!first) throw new Error('no reply')
      return first
    }
    const ask = async (message: object, receivedat = new Date(start).toISOString()): Promise<Reply> => {
      const outcome = await store.answer([arrivalOf(message, 's1', receivedat)])
      const [first] = repliesOf(outcome)
      if (!first) throw new Error('no reply')
      return replySchema.parse(first)
    }
    const available = async (memberid: string) => (await store.balances(memberid))[0]?.available
    const enrol = async (who = 'sara') => {
      const { member } = await takeOne(box.enrolment(who))
      if (!member) throw new Error('not enrolled')
      return member
    }
    const balanced = async () => {
      expect(await store.audit()).toEqual([])
      const house = Object.values((await store.totals()).accounts).reduce((sum, one) => sum + one, 0)
      const members = (await store.members()).reduce((sum, one) => sum + one.credit, 0)
      expect(house + members).toBe(0)
    }

    it('credits a member with 10 % of a sale and says so on the receipt', async () => {
      const member = await enrol()
      const sale = box.sale({ total: 1_234_567, member: card('sara'), tillreceipt: 'T-7', operator: 'Mina' })
      const reply = await takeOne(sale)
      expect(reply).toMatchObject({ inReplyTo: sale.id, status: 'accepted', revision: 1, decidedBy: 'club', programmeVersion: 1 })
      expect(reply.balances).toEqual([{ unit: 'credit', currency: 'IRR', available: 123_456, pending: 0 }])
      expect(await available(member.memberid)).toBe(123_456)
      const fields = fieldsOf(reply.receipt ?? { version: 1, reference: '', provisional: false, blocks: [] })
      expect(fields.get('credit-earned')).toEqual({ kind: 'money', amount: 123_456, currency: 'IRR', shown: 'toman' })
      expect(fields.get('balance')).toMatchObject({ amount: 123_456 })
      expect(fields.get('payable')).toMatchObject({ amount: 1_234_567 })
      expect(fields.get('member')).toEqual({ kind: 'code', code: `••••${member.number.slice(-4)}` })
      expect(fields.get('visits')).toEqual({ kind: 'number', number: 1 })
      await balanced()
    })

    it('gives one id one effect for ever: a repeat gets the same bytes', async () => {
      const member = await enrol()
      const sale = box.sale({ total: 1_000_000, member: card('sara') })
      const first = await store.commitBatch([arrivalOf(sale), arrivalOf(sale)])
      await store.close()
      store = await open(folder, storeSettings)
      const again = await store.commitBatch([arrivalOf({ ...sale, traceparent: '00-other' })])
      expect(new Set([...first.answers, ...again.answers].map((one) => one.body)).size).toBe(1)
      expect(await available(member.memberid)).toBe(100_000)
      expect(await store.transfers({ memberid: member.memberid })).toHaveLength(1)
    })

    it('quarantines the same id with other contents and leaves the first alone', async () => {
      const member = await enrol()
      const sale = box.sale({ total: 1_000_000, member: card('sara') })
      const honest = await takeOne(sale)
      const forged = { ...box.sale({ total: 9_000_000, member: card('sara') }), id: sale.id }
      expect(await takeOne(forged)).toMatchObject({ status: 'quarantined', error: { key: 'event.conflict' } })
      expect(await takeOne(forged)).toMatchObject({ status: 'quarantined' })
      expect(await takeOne(sale)).toEqual(honest)
      expect(await available(member.memberid)).toBe(100_000)
      expect(await store.quarantine()).toHaveLength(1)
    })

    it('books one sale once, whichever event brings it', async () => {
      await enrol()
      const sale = box.sale({ total: 1_000_000, member: card('sara') })
      const second = box.sale({ total: 1_000_000, member: card('sara'), saleid: sale.data.saleid })
      const replies = await take(sale, second)
      expect(replies.map((one) => one.status)).toEqual(['accepted', 'quarantined'])
      expect((await store.totals()).sales).toBe(1)
    })

    it("books a terminal's repeat once by its original id, also from a swapped box", async () => {
      const member = await enrol()
      const sale = { ...box.sale({ total: 500_000, member: card('sara') }), originalid: 's1-t1-7-123' }
      const first = await takeOne(sale)
      const swapped = createBox({ boxid: idOf(888_000), firstId: 5_000 })
      const repeated = { ...swapped.sale({ total: 500_000, member: card('sara') }), originalid: 's1-t1-7-123' }
      expect(await takeOne(repeated)).toEqual({ ...first, inReplyTo: repeated.id })
      expect(await takeOne(repeated)).toEqual({ ...first, inReplyTo: repeated.id })
      const other = { ...swapped.sale({ total: 700_000, member: card('sara') }), originalid: 's1-t1-7-123' }
      expect(await takeOne(other)).toMatchObject({ status: 'quarantined', error: { key: 'event.conflict' } })
      expect(await available(member.memberid)).toBe(50_000)
    })

    it('takes two reversals with one original id for the same only where they undo the same sale', async () => {
      const member = await enrol()
      const sales = [500_000, 700_000].map((total) => box.sale({ total, member: card('sara') }))
      await take(...sales)
      const [first, second] = sales.map((sale, n) => ({
        ...box.reversal(sale.data.saleid, start + (n + 1) * hour),
        originalid: 's1-t1-7-9',
      }))
      if (!first || !second) throw new Error('two reversals')
      const replies = await take(first, second)
      expect(replies.map((one) => one.status)).toEqual(['accepted', 'quarantined'])
      expect(replies[0]?.display?.rows.map((row) => row.field)).toEqual(['credit-revoked', 'balance'])
      expect(await available(member.memberid)).toBe(70_000)
      await balanced()
    })

    it('takes the events of one batch in order: the second sees the first', async () => {
      const enrolment = box.enrolment('sara')
      const sales = Array.from({ length: 11 }, (_, n) =>
        box.sale({ total: 100_000, member: card('sara') }, start + n * 24 * hour),
      )
      const replies = await take(enrolment, ...sales)
      expect(replies.map((one) => one.member?.visits)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
      expect(replies.map((one) => one.balances?.[0]?.available)).toEqual([
        0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 90_000, 100_000, 115_000,
      ])
      expect(replies.at(-1)?.prompts).toMatchObject([{ audience: 'operator', ruleid: 'regular-15' }])
      await balanced()
    })

    it('sets an event aside that it cannot cope with, and books the rest of the batch', async () => {
      await enrol()
      const huge = () => box.sale({ total: Number.MAX_SAFE_INTEGER, member: card('sara') })
      const replies = await take(...Array.from({ length: 11 }, huge), box.sale({ total: 100_000 }))
      expect(replies.map((one) => one.status)).toEqual([...Array(10).fill('accepted'), 'quarantined', 'accepted'])
      expect((await store.quarantine())[0]).toMatchObject({
        key: 'event.unsupported',
        reason: expect.stringContaining('exact integers'),
      })
      expect((await store.totals()).sales).toBe(11)
      expect(await store.audit()).toEqual([])
    })

    it('undoes a sale by compensation and says what is left', async () => {
      const member = await enrol()
      const kept = box.sale({ total: 1_000_000, member: card('sara') })
      const undone = box.sale({ total: 400_000, member: card('sara') }, start + 5 * hour)
      const [, , reversed] = await take(kept, undone, box.reversal(undone.data.saleid, start + 6 * hour))
      expect(reversed).toMatchObject({
        status: 'accepted',
        effects: [{ kind: 'credit-revoked', ruleid: 'everyone-10', amount: 40_000 }],
        balances: [{ available: 100_000 }],
        member: { visits: 1 },
        receipt: {
          blocks: expect.arrayContaining([{ kind: 'heading', text: { fa: 'رسید برگشت خرید', en: 'Reversal receipt' } }]),
        },
      })
      const transfers = await store.transfers({ saleid: undone.data.saleid })
      expect(transfers.map((one) => [one.debit, one.credit, one.amount])).toEqual([
        ['house:issued', `member:${member.memberid}:credit`, 40_000],
        [`member:${member.memberid}:credit`, 'house:issued', 40_000],
      ])
      const again = await takeOne(box.reversal(undone.data.saleid))
      expect(again).toMatchObject({ status: 'accepted', effects: [], balances: [{ available: 100_000 }] })
      await balanced()
    })

    it('keeps a reversal that comes before its sale, and undoes the sale when it arrives', async () => {
      const member = await enrol()
      const sale = box.sale({ total: 1_000_000, member: card('sara') })
      const reversal = box.reversal(sale.data.saleid)
      expect(await takeOne(reversal)).toMatchObject({ status: 'pending-original', revision: 1 })
      const replies = await take(sale)
      expect(replies.map((one) => [one.inReplyTo, one.revision, one.status])).toEqual([
        [sale.id, 1, 'accepted'],
        [reversal.id, 2, 'accepted'],
      ])
      expect(replies[0]?.effects.map((one) => one.kind)).toEqual(['credit', 'credit-revoked'])
      expect(await available(member.memberid)).toBe(0)
      expect(await takeOne(reversal)).toMatchObject({ revision: 2, status: 'accepted', effects: [{ amount: 100_000 }] })
      await balanced()
    })

    it("lets no store touch another's sale", async () => {
      await enrol()
      const sale = box.sale({ total: 1_000_000, member: card('sara') })
      await take(sale)
      const other = createBox({ store: 's2', firstId: 7_000 })
      const outcome = await store.commitBatch([arrivalOf(other.reversal(sale.data.saleid), 's2')])
      expect(repliesOf(outcome)[0]).toMatchObject({ status: 'quarantined', error: { key: 'sale.unknown' } })
      const forged = await store.commitBatch([arrivalOf(sale, 's2')])
      expect(repliesOf(forged)[0]).toMatchObject({ status: 'quarantined', error: { key: 'request.invalid' } })
      expect(forged.answers[0]?.body).not.toContain('receipt')
      expect(await takeOne(sale)).toMatchObject({ status: 'accepted' })
    })

    it('gives the first purchase its discount by a quote, and books what the till gave', async () => {
      const member = await enrol()
      const saleid = box.nextId()
      const basket = {
        saleid,
        member: card('sara'),
        businessdate: '2026-11-21',
        currency: 'IRR',
        total: 1_000_000,
        lines: [],
        mode: 'live' as const,
      }
      const quoted = await ask(box.request('vafa.sale.quoted.v1', basket))
      expect(quoted.quote).toMatchObject({ total: 1_000_000, discount: 50_000, payable: 950_000 })
      const quoteid = quoted.quote?.quoteid ?? ''
      const applied = [{ kind: 'discount' as const, ruleid: 'first-purchase', amount: 50_000, currency: 'IRR' }]
      const reply = await takeOne(
        box.sale({ total: 1_000_000, member: card('sara'), saleid, quoteid, programmeVersion: 1, applied }),
      )
      expect(reply.effects.map((one) => [one.kind, 'granted' in one && one.granted])).toEqual([
        ['discount', 50_000],
        ['credit', 95_000],
      ])
      expect(await available(member.memberid)).toBe(95_000)
      expect((await store.totals()).accounts).toMatchObject({
        'house:discounts': -50_000,
        'store:s1:discounts': 50_000,
        'house:offline-differences': 0,
      })
      const next = await ask(box.request('vafa.sale.quoted.v1', { ...basket, saleid: box.nextId() }))
      expect(next.quote?.discount).toBe(0)
      await balanced()
    })

    it('books a discount that the club would not have given as an offline difference', async () => {
      await enrol()
      await take(box.sale({ total: 1_000_000, member: card('sara') }))
      const applied = [{ kind: 'discount' as const, ruleid: 'first-purchase', amount: 30_000, currency: 'IRR' }]
      const reply = await takeOne(box.sale({ total: 600_000, member: card('sara'), applied }))
      expect(reply.effects).toContainEqual({
        kind: 'credit',
        ruleid: 'everyone-10',
        desired: 57_000,
        granted: 57_000,
        currency: 'IRR',
      })
      expect((await store.totals()).accounts).toMatchObject({ 'house:discounts': 0, 'house:offline-differences': -30_000 })
      await balanced()
    })

    it.each(['the sale', 'the advice'])("settles a box's own decision once, when %s comes first", async (first) => {
      const member = await enrol()
      const original = box.sale({ total: 1_000_000, member: card('sara') })
      const advice = box.fact('vafa.decision.advised.v1', {
        original: original as never,
        effects: [{ kind: 'credit', ruleid: 'everyone-10', desired: 1, granted: 1, currency: 'IRR' }],
        programmeVersion: 1,
        decidedat: original.time,
        reference: 'ABCDE-12345',
      })
      const order = first === 'the sale' ? [original, advice] : [advice, original]
      const replies = [await take(order[0] ?? {}), await take(order[1] ?? {})].flat()
      const settled = replies.filter((one) => one.inReplyTo === advice.id)
      expect(settled).toMatchObject([{ status: 'accepted', effects: [{ granted: 100_000 }], receipt: { provisional: false } }])
      const booked = replies.filter((one) => one.inReplyTo === original.id)
      expect(new Set(booked.map((one) => JSON.stringify(one))).size).toBe(1)
      expect(await available(member.memberid)).toBe(100_000)
      expect((await store.totals()).sales).toBe(1)
      await balanced()
    })

    it('refuses an advice whose original was booked with other contents', async () => {
      await enrol()
      const original = box.sale({ total: 1_000_000, member: card('sara') })
      await take(original)
      const changed = {
        ...original,
        data: { ...original.data, total: 2, payable: 2, tenders: [{ kind: 'cash' as const, amount: 2 }] },
      }
      const advice = {
        original: changed as never,
        effects: [],
        programmeVersion: 1,
        decidedat: original.time,
        reference: 'ABCDE-12345',
      }
      expect(await takeOne(box.fact('vafa.decision.advised.v1', advice))).toMatchObject({ error: { key: 'event.conflict' } })
    })

    it('joins a sign-up to the member who is known by card or mobile, and keeps names out of what it stores', async () => {
      const profile = (displayName: string) => seal({ displayName, mobile: '+989121234567' }, sealingKey)
      const first = await takeOne(box.enrolment('sara', { profile: profile('سارا') }))
      const byMobile = await takeOne(box.enrolment('a second card', { profile: profile('سارا ر.') }))
      const byCard = await takeOne(box.enrolment('sara', { credentials: [card('sara'), card('a third card')] }))
      expect(byMobile.member?.memberid).toBe(first.member?.memberid)
      expect(byCard.member?.memberid).toBe(first.member?.memberid)
      expect(await store.members()).toMatchObject([{ credentials: 3 }])
      const sale = await store.commitBatch([arrivalOf(box.sale({ total: 100_000, member: card('a third card') }))])
      expect(sale.answers[0]?.displayName).toBe('سارا ر.')
      expect(sale.answers[0]?.body).not.toContain('سارا')
      await store.close()
      const files = ['club.sqlite', 'club.sqlite-wal'].map((file) => {
        try {
          return readFileSync(join(folder, file))
        } catch {
          return Buffer.alloc(0)
        }
      })
      for (const secret of ['سارا', '9121234567', card('sara').token])
        expect(files.some((bytes) => bytes.includes(secret))).toBe(false)
      store = await open(folder, storeSettings)
    })

    it('quarantines a sign-up whose profile it cannot open, and seals what it keeps', async () => {
      const profile = seal({ displayName: 'x' }, makeSealingKey('seal-1'))
      expect(await takeOne(box.enrolment('sara', { profile }))).toMatchObject({
        status: 'quarantined',
        error: { key: 'request.invalid' },
      })
      expect(await store.members()).toEqual([])
    })

    it('accepts a sale with a card that nobody has, credits nobody, and says what to do', async () => {
      const reply = await takeOne(box.sale({ total: 1_000_000, member: card('nobody') }))
      expect(reply).toMatchObject({ status: 'accepted', error: { key: 'credential.unknown' }, effects: [] })
      expect(reply.member).toBeUndefined()
      expect(await takeOne(box.sale({ total: 1_000_000 }))).not.toHaveProperty('error')
    })

    it('never lets training touch the books', async () => {
      const member = await enrol()
      const sale = box.sale({ total: 1_000_000, member: card('sara'), mode: 'training' })
      const reply = await takeOne(sale)
      expect(reply).toMatchObject({ status: 'accepted', error: { key: 'sale.training' }, effects: [] })
      expect(await takeOne(sale)).toEqual(reply)
      expect(await takeOne({ ...sale, data: { ...sale.data, mode: 'live' } })).toMatchObject({ error: { key: 'event.conflict' } })
      expect(await available(member.memberid)).toBe(0)
      expect(await store.totals()).toMatchObject({ sales: 0, training: 1, transfers: 0 })
    })

    it('signs nobody up in training', async () => {
      const reply = await takeOne(box.enrolment('sara', { mode: 'training' }))
      expect(reply).toMatchObject({ status: 'accepted', error: { key: 'sale.training' } })
      expect(reply).not.toHaveProperty('member')
      expect(await store.members()).toEqual([])
    })

    it('counts sales within two hours as one visit, also when one of them is undone', async () => {
      await enrol()
      const [first, second, third] = [0, 1, 5].map((hours) =>
        box.sale({ total: 100_000, member: card('sara') }, start + hours * hour),
      )
      const replies = await take(first ?? {}, second ?? {}, third ?? {})
      expect(replies.map((one) => one.member?.visits)).toEqual([1, 1, 2])
      expect((await takeOne(box.reversal(first?.data.saleid ?? ''))).member?.visits).toBe(2)
      expect((await takeOne(box.reversal(second?.data.saleid ?? ''))).member?.visits).toBe(1)
      expect((await takeOne(box.reversal(third?.data.saleid ?? ''))).member?.visits).toBe(0)
      expect((await store.members())[0]).toMatchObject({ visits: 0, purchases: 0 })
    })

    it('counts the visits of a backlog as they were, when it comes after newer sales', async () => {
      await enrol()
      const at = (hours: number) => box.sale({ total: 100_000, member: card('sara') }, start + hours * hour)
      const replies = await take(at(100), at(10), at(11), at(50), at(9), at(101))
      expect(replies.map((one) => one.member?.visits)).toEqual([1, 2, 2, 3, 3, 3])
    })

    it('journals what it does not act on, and quarantines what it does not know yet', async () => {
      await enrol()
      const printed = { saleid: box.nextId(), reference: 'ABCDE-12345', via: 'own' as const, provisional: false, confirmed: true }
      const [one, two, three] = await take(
        box.fact('vafa.receipt.printed.v1', printed),
        box.fact('vafa.visit.recorded.v1', { member: card('sara') }),
        { ...box.fact('vafa.visit.recorded.v1', { member: card('sara') }), type: 'vafa.of-a-newer-box.v1' },
      )
      expect([one?.status, two?.status]).toEqual(['accepted', 'accepted'])
      expect(three).toMatchObject({ status: 'quarantined', error: { key: 'event.unsupported' } })
      expect(await store.quarantine()).toMatchObject([{ key: 'event.unsupported', store: 's1' }])
    })

    it('loses nothing that it cannot read: with an id it is answered, without one it is kept', async () => {
      const sale = box.sale({ total: 1_000_000 })
      const broken = { ...sale, data: { ...sale.data, payable: 5 } }
      expect(await takeOne(broken)).toMatchObject({
        inReplyTo: sale.id,
        status: 'quarantined',
        error: { key: 'request.invalid' },
      })
      expect(await takeOne({ ...sale, id: idOf(77), type: 'vafa.new.thing.v9' })).toMatchObject({
        error: { key: 'event.unsupported' },
      })
      const garbage = { store: 's1', receivedat: '2026-12-31T00:00:00.000Z', payload: Uint8Array.of(0xff, 0x00, 0x7b) }
      const outcome = await store.commitBatch([garbage, garbage, arrivalOf({ hello: 1 })])
      expect(outcome.answers).toEqual([])
      expect(outcome.notices.map((one) => one.key)).toEqual(Array(3).fill('request.invalid'))
      expect((await store.totals()).quarantined).toBe(4)
    })

    it('answers who a card belongs to, and what to do with an unknown one', async () => {
      const member = await enrol()
      await take(box.sale({ total: 1_000_000, member: card('sara') }, start - 24 * hour))
      const known = await ask(box.request('vafa.credential.presented.v1', { credential: card('sara') }))
      expect(known).toMatchObject({
        status: 'accepted',
        member: { memberid: member.memberid, number: member.number, visits: 1 },
        balances: [{ available: 100_000 }],
      })
      const unknown = await ask(box.request('vafa.credential.presented.v1', { credential: card('nobody') }))
      expect(unknown).toMatchObject({ status: 'declined', error: { key: 'credential.unknown' } })
      const unproven = await ask(
        box.request('vafa.credential.presented.v1', {
          credential: { kind: 'nfc-sun', keyid: 'k1', proof: 'x', presentationid: idOf(1) },
        }),
      )
      expect(unproven).toMatchObject({ status: 'declined', error: { key: 'credential.unproven' } })
    })

    it('finds a past sale of the store by its code, its QR or the till’s number, and nobody else’s', async () => {
      await enrol()
      const { receipt } = await takeOne(box.sale({ total: 1_000_000, member: card('sara'), tillreceipt: 'T-100' }))
      for (const reference of [receipt?.reference ?? '', `vafa:demo:${receipt?.reference.toLowerCase()}`, 'T-100']) {
        const found = await ask(box.request('vafa.sale.looked-up.v1', { reference }))
        expect(found).toMatchObject({ status: 'accepted', receipt: { reference: receipt?.reference } })
        expect(JSON.stringify(found.receipt)).toContain('رونوشت')
      }
      expect(await ask(box.request('vafa.sale.looked-up.v1', { reference: 'T-101' }))).toMatchObject({
        error: { key: 'sale.unknown' },
      })
      const [undone] = (await store.sales({})).map((one) => one.saleid)
      await take(box.reversal(undone ?? ''))
      const gone = await ask(box.request('vafa.sale.looked-up.v1', { reference: 'T-100' }))
      expect(gone).toMatchObject({ effects: [{ kind: 'credit-revoked', amount: 100_000 }], balances: [{ available: 0 }] })
      const other = createBox({ store: 's2', firstId: 9_000 })
      const outcome = await store.answer([
        arrivalOf(other.request('vafa.sale.looked-up.v1', { reference: 'T-100' }), 's2', new Date(start).toISOString()),
      ])
      expect(repliesOf(outcome)[0]).toMatchObject({ status: 'declined' })
    })

    it('tells a box the time, however late it asks, and declines other requests that lapsed', async () => {
      const late = new Date(start + 60_000).toISOString()
      const beat = await ask(box.request('vafa.box.heartbeat.v1', { sentat: new Date(start).toISOString() }), late)
      expect(beat).toMatchObject({ status: 'accepted', clubTime: late })
      const asked = await ask(box.request('vafa.credential.presented.v1', { credential: card('sara') }), late)
      expect(asked).toMatchObject({ status: 'declined', error: { key: 'request.expired' } })
    })

    it('knows which numbers of a box have not come', async () => {
      const facts = Array.from({ length: 6 }, () => box.sale({ total: 1 }))
      await take(...[0, 1, 4].map((n) => facts[n] ?? {}))
      expect(await store.sequences()).toMatchObject([
        {
          received: [
            [1, 2],
            [5, 5],
          ],
          missing: [[3, 4]],
        },
      ])
      await take(...[3, 2, 5].map((n) => facts[n] ?? {}))
      expect(await store.sequences()).toMatchObject([{ received: [[1, 6]], missing: [] }])
    })

    it('goes by its own clock where the box cannot be trusted to know the time', async () => {
      const sale = { ...box.sale({ total: 1 }), time: '2031-01-01T00:00:00.000Z' }
      const unsynced = { ...box.sale({ total: 1 }), clocksynced: 'unsynced' }
      await take(sale, unsynced)
      expect((await store.sales({})).map((one) => one.at)).toEqual(['2026-12-31T00:00:00.000Z', '2026-12-31T00:00:00.000Z'])
    })

    it('refuses other rules under a version that has decided, another pepper and another club', async () => {
      await takeOne(box.sale({ total: 1_000 }))
      await store.close()
      const rules = programme.rules.slice(1)
      await expect(open(folder, { ...storeSettings, programmes: { current: { ...programme, rules } } })).rejects.toMatchObject({
        key: 'programme.changed',
      })
      await expect(open(folder, { ...storeSettings, pepper: 'other' })).rejects.toMatchObject({ key: 'database.foreign' })
      await expect(open(folder, { ...storeSettings, club: 'other' })).rejects.toMatchObject({ key: 'database.foreign' })
      store = await open(folder, { ...storeSettings, programmes: { current: { ...programme, version: 2, rules } } })
    })

    it('decides by the next programme from its instant on, and a late sale by the rules of its own day', async () => {
      const next = { ...programme, version: 2, inForceFrom: '2026-11-22T00:00:00.000Z', rules: [] }
      await store.follow({ current: programme, next })
      const at = (day: string) => Date.parse(`${day}T12:00:00.000Z`)
      expect(await takeOne(box.sale({ total: 1_000 }, at('2026-11-22')))).toMatchObject({ programmeVersion: 2 })
      expect(await takeOne(box.sale({ total: 1_000 }, at('2026-11-21')))).toMatchObject({ programmeVersion: 1 })
      await expect(store.follow({ current: { ...next, rules: programme.rules } })).rejects.toMatchObject({
        key: 'programme.changed',
      })
      await store.follow({ current: next })
      expect(await takeOne(box.sale({ total: 1_000 }, at('2026-11-21')))).toMatchObject({ programmeVersion: 1 })
    })

    it('decides a sale by the version that its quote pinned', async () => {
      await enrol()
      const saleid = box.nextId()
      const basket = {
        saleid,
        member: card('sara'),
        businessdate: '2026-11-21',
        currency: 'IRR',
        total: 1_000_000,
        lines: [],
        mode: 'live' as const,
      }
      const { quote } = await ask(box.request('vafa.sale.quoted.v1', basket))
      await store.close()
      store = await open(folder, { ...storeSettings, programmes: { current: { ...programme, version: 2, rules: [] } } })
      const applied = [{ kind: 'discount' as const, ruleid: 'first-purchase', amount: 50_000, currency: 'IRR' }]
      const reply = await takeOne(
        box.sale({ total: 1_000_000, member: card('sara'), saleid, quoteid: quote?.quoteid ?? '', applied }),
      )
      expect(reply).toMatchObject({ programmeVersion: 1, balances: [{ available: 95_000 }] })
      expect(await takeOne(box.sale({ total: 1_000_000, member: card('sara') }))).toMatchObject({
        programmeVersion: 2,
        effects: [],
      })
    })

    it('balances whatever comes, however often and in whatever order', async () => {
      const happening = fc.record({
        who: fc.constantFrom('sara', 'reza', undefined),
        total: fc.integer({ min: 0, max: 5_000_000 }),
        hours: fc.nat(200),
        undone: fc.boolean(),
        repeats: fc.nat(2),
      })
      let round = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(happening, { minLength: 1, maxLength: 12 }),
          fc.infiniteStream(fc.nat()),
          async (list, picks) => {
            const fresh = mkdtempSync(join(tmpdir(), 'vafa-club-'))
            const books = await open(fresh, storeSettings)
            const from = createBox({ firstId: 100_000 * ++round })
            await books.commitBatch([arrivalOf(from.enrolment('sara')), arrivalOf(from.enrolment('reza'))])
            const pool: object[] = []
            let expected = 0
            for (const { who, total, hours, undone, repeats } of list) {
              const sale = from.sale({ total, ...(who === undefined ? {} : { member: card(who) }) }, start + hours * hour)
              const events = undone ? [sale, from.reversal(sale.data.saleid)] : [sale]
              for (const event of events) pool.push(...Array(repeats + 1).fill(event))
              if (who !== undefined && !undone) expected += 1
            }
            // In any order and in any batches.
            while (pool.length > 0) {
              const size = 1 + ((picks.next().value as number) % 4)
              const batch = Array.from(
                { length: Math.min(size, pool.length) },
                () => pool.splice((picks.next().value as number) % pool.length, 1)[0] as object,
              )
              await books.commitBatch(batch.map((one) => arrivalOf(one)))
            }
            expect(await books.audit()).toEqual([])
            const { accounts, quarantined } = await books.totals()
            const members = await books.members()
            const all = [...Object.values(accounts), ...members.map((one) => one.credit)]
            expect(all.reduce((sum, one) => sum + one, 0)).toBe(0)
            expect(members.reduce((sum, one) => sum + one.purchases, 0)).toBe(expected)
            expect(quarantined).toBe(0)
            const standing = (await books.sales({ limit: 1_000 })).filter((one) => !one.reversed && one.memberid !== undefined)
            expect(standing).toHaveLength(expected)
            await books.close()
            rmSync(fresh, { recursive: true })
          },
        ),
        { numRuns: 25 },
      )
    })
  })
}
