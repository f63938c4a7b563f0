import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Reply, reply as replySchema } from '#protocol/reply.ts'
import { makeSealingKey, seal } from '#protocol/sealing.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { arrivalOf, card, createBox, hour, idOf, repliesOf, start } from './club-messages.ts'
import { firstProgramme, storeSettings } from './store-settings.ts'

/** What every store of the club’s books must answer, by which rules and whose clock. */
export function clubAnswersConformance(name: string, open: OpenBooks) {
  describe(`the club's answers in ${name}`, () => {
    const books = booksOnTrial(open, storeSettings)
    const { take, takeOne, member } = books
    const available = async (memberid: string) => (await books.store.balances(memberid))[0]?.available
    const ask = async (message: object, receivedat = new Date(start).toISOString()): Promise<Reply> => {
      const [first] = repliesOf(await books.store.answer([arrivalOf(message, 's1', receivedat)]))
      if (!first) throw new Error('no reply')
      return replySchema.parse(first)
    }

    it('gives the first purchase its discount by a quote, and books what the till gave', async () => {
      const sara = await member('sara')
      const saleid = books.box.nextId()
      const basket = {
        saleid,
        member: card('sara'),
        businessdate: '2026-11-21',
        currency: 'IRR',
        total: 1_000_000,
        lines: [],
        mode: 'live' as const,
      }
      const quoted = await ask(books.box.request('vafa.sale.quoted.v1', basket))
      expect(quoted.quote).toMatchObject({ total: 1_000_000, discount: 50_000, payable: 950_000 })
      const quoteid = quoted.quote?.quoteid ?? ''
      const applied = [{ kind: 'discount' as const, ruleid: 'first-purchase', amount: 50_000, currency: 'IRR' }]
      const reply = await takeOne(
        books.box.sale({ total: 1_000_000, member: card('sara'), saleid, quoteid, programmeVersion: 1, applied }),
      )
      expect(reply.effects.map((one) => [one.kind, 'granted' in one && one.granted])).toEqual([
        ['discount', 50_000],
        ['credit', 95_000],
      ])
      expect(await available(sara.memberid)).toBe(95_000)
      expect((await books.store.totals()).accounts).toMatchObject({
        'house:discounts': -50_000,
        'store:s1:discounts': 50_000,
        'house:offline-differences': 0,
      })
      const next = await ask(books.box.request('vafa.sale.quoted.v1', { ...basket, saleid: books.box.nextId() }))
      expect(next.quote?.discount).toBe(0)
      await books.balanced()
    })

    it('books a discount that the club would not have given as an offline difference', async () => {
      await member('sara')
      await take(books.box.sale({ total: 1_000_000, member: card('sara') }))
      const applied = [{ kind: 'discount' as const, ruleid: 'first-purchase', amount: 30_000, currency: 'IRR' }]
      const reply = await takeOne(books.box.sale({ total: 600_000, member: card('sara'), applied }))
      expect(reply.effects).toContainEqual({
        kind: 'credit',
        ruleid: 'everyone-10',
        desired: 57_000,
        granted: 57_000,
        currency: 'IRR',
      })
      expect((await books.store.totals()).accounts).toMatchObject({ 'house:discounts': 0, 'house:offline-differences': -30_000 })
      await books.balanced()
    })

    it.each(['the sale', 'the advice'])("settles a box's own decision once, when %s comes first", async (first) => {
      const sara = await member('sara')
      const original = books.box.sale({ total: 1_000_000, member: card('sara') })
      const advice = books.box.fact('vafa.decision.advised.v1', {
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
      expect(await available(sara.memberid)).toBe(100_000)
      expect((await books.store.totals()).sales).toBe(1)
      await books.balanced()
    })

    it('refuses an advice whose original was booked with other contents', async () => {
      await member('sara')
      const original = books.box.sale({ total: 1_000_000, member: card('sara') })
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
      expect(await takeOne(books.box.fact('vafa.decision.advised.v1', advice))).toMatchObject({
        error: { key: 'event.conflict' },
      })
    })

    it('joins a sign-up to the member who is known by card or mobile, and keeps names out of what it stores', async () => {
      const profile = (displayName: string) => seal({ displayName, mobile: '+989121234567' }, storeSettings.sealingKey)
      const first = await takeOne(books.box.enrolment('sara', { profile: profile('سارا') }))
      const byMobile = await takeOne(books.box.enrolment('a second card', { profile: profile('سارا ر.') }))
      const byCard = await takeOne(books.box.enrolment('sara', { credentials: [card('sara'), card('a third card')] }))
      expect(byMobile.member?.memberid).toBe(first.member?.memberid)
      expect(byCard.member?.memberid).toBe(first.member?.memberid)
      expect(await books.store.members()).toMatchObject([{ credentials: 3 }])
      const sale = await books.store.commitBatch([arrivalOf(books.box.sale({ total: 100_000, member: card('a third card') }))])
      expect(sale.answers[0]?.displayName).toBe('سارا ر.')
      expect(sale.answers[0]?.body).not.toContain('سارا')
      await books.close()
      const files = ['club.sqlite', 'club.sqlite-wal'].map((file) => {
        try {
          return readFileSync(join(books.folder, file))
        } catch {
          return Buffer.alloc(0)
        }
      })
      for (const secret of ['سارا', '9121234567', card('sara').token])
        expect(files.some((bytes) => bytes.includes(secret))).toBe(false)
      await books.reopen()
    })

    it('quarantines a sign-up whose profile it cannot open, and seals what it keeps', async () => {
      const profile = seal({ displayName: 'x' }, makeSealingKey('seal-1'))
      expect(await takeOne(books.box.enrolment('sara', { profile }))).toMatchObject({
        status: 'quarantined',
        error: { key: 'request.invalid' },
      })
      expect(await books.store.members()).toEqual([])
    })

    it('signs nobody up in training', async () => {
      const reply = await takeOne(books.box.enrolment('sara', { mode: 'training' }))
      expect(reply).toMatchObject({ status: 'accepted', error: { key: 'sale.training' } })
      expect(reply).not.toHaveProperty('member')
      expect(await books.store.members()).toEqual([])
    })

    it('answers who a card belongs to, and what to do with an unknown one', async () => {
      const sara = await member('sara')
      await take(books.box.sale({ total: 1_000_000, member: card('sara') }, start - 24 * hour))
      const known = await ask(books.box.request('vafa.credential.presented.v1', { credential: card('sara') }))
      expect(known).toMatchObject({
        status: 'accepted',
        member: { memberid: sara.memberid, number: sara.number, visits: 1 },
        balances: [{ available: 100_000 }],
      })
      const unknown = await ask(books.box.request('vafa.credential.presented.v1', { credential: card('nobody') }))
      expect(unknown).toMatchObject({ status: 'declined', error: { key: 'credential.unknown' } })
      const unproven = await ask(
        books.box.request('vafa.credential.presented.v1', {
          credential: { kind: 'nfc-sun', keyid: 'k1', proof: 'x', presentationid: idOf(1) },
        }),
      )
      expect(unproven).toMatchObject({ status: 'declined', error: { key: 'credential.unproven' } })
    })

    it('finds a past sale of the store by its code, its QR or the till’s number, and nobody else’s', async () => {
      await member('sara')
      const { receipt } = await takeOne(books.box.sale({ total: 1_000_000, member: card('sara'), tillreceipt: 'T-100' }))
      for (const reference of [receipt?.reference ?? '', `vafa:demo:${receipt?.reference.toLowerCase()}`, 'T-100']) {
        const found = await ask(books.box.request('vafa.sale.looked-up.v1', { reference }))
        expect(found).toMatchObject({ status: 'accepted', receipt: { reference: receipt?.reference } })
        expect(JSON.stringify(found.receipt)).toContain('رونوشت')
      }
      expect(await ask(books.box.request('vafa.sale.looked-up.v1', { reference: 'T-101' }))).toMatchObject({
        error: { key: 'sale.unknown' },
      })
      const [undone] = (await books.store.sales({})).map((one) => one.saleid)
      await take(books.box.reversal(undone ?? ''))
      const gone = await ask(books.box.request('vafa.sale.looked-up.v1', { reference: 'T-100' }))
      expect(gone).toMatchObject({ effects: [{ kind: 'credit-revoked', amount: 100_000 }], balances: [{ available: 0 }] })
      const other = createBox({ store: 's2', firstId: 9_000 })
      const outcome = await books.store.answer([
        arrivalOf(other.request('vafa.sale.looked-up.v1', { reference: 'T-100' }), 's2', new Date(start).toISOString()),
      ])
      expect(repliesOf(outcome)[0]).toMatchObject({ status: 'declined' })
    })

    it('tells a box the time, however late it asks, and declines other requests that lapsed', async () => {
      const late = new Date(start + 60_000).toISOString()
      const beat = await ask(books.box.request('vafa.box.heartbeat.v1', { sentat: new Date(start).toISOString() }), late)
      expect(beat).toMatchObject({ status: 'accepted', clubTime: late })
      const asked = await ask(books.box.request('vafa.credential.presented.v1', { credential: card('sara') }), late)
      expect(asked).toMatchObject({ status: 'declined', error: { key: 'request.expired' } })
    })

    it('knows which numbers of a box have not come', async () => {
      const facts = Array.from({ length: 6 }, () => books.box.sale({ total: 1 }))
      await take(...[0, 1, 4].map((n) => facts[n] ?? {}))
      expect(await books.store.sequences()).toMatchObject([
        {
          received: [
            [1, 2],
            [5, 5],
          ],
          missing: [[3, 4]],
        },
      ])
      await take(...[3, 2, 5].map((n) => facts[n] ?? {}))
      expect(await books.store.sequences()).toMatchObject([{ received: [[1, 6]], missing: [] }])
    })

    it('goes by its own clock where the box cannot be trusted to know the time', async () => {
      const sale = { ...books.box.sale({ total: 1 }), time: '2031-01-01T00:00:00.000Z' }
      const unsynced = { ...books.box.sale({ total: 1 }), clocksynced: 'unsynced' }
      await take(sale, unsynced)
      expect((await books.store.sales({})).map((one) => one.at)).toEqual(['2026-12-31T00:00:00.000Z', '2026-12-31T00:00:00.000Z'])
    })

    it('refuses other rules under a version that has decided, another pepper and another club', async () => {
      await takeOne(books.box.sale({ total: 1_000 }))
      await books.close()
      const rules = firstProgramme.rules.slice(1)
      await expect(
        open(books.folder, { ...storeSettings, programmes: { current: { ...firstProgramme, rules } } }),
      ).rejects.toMatchObject({
        key: 'programme.changed',
      })
      await expect(open(books.folder, { ...storeSettings, pepper: 'other' })).rejects.toMatchObject({ key: 'database.foreign' })
      await expect(open(books.folder, { ...storeSettings, club: 'other' })).rejects.toMatchObject({ key: 'database.foreign' })
      await books.reopen({ ...storeSettings, programmes: { current: { ...firstProgramme, version: 2, rules } } })
    })

    it('decides by the next programme from its instant on, and a late sale by the rules of its own day', async () => {
      const next = { ...firstProgramme, version: 2, inForceFrom: '2026-11-22T00:00:00.000Z', rules: [] }
      await books.store.follow({ current: firstProgramme, next })
      const at = (day: string) => Date.parse(`${day}T12:00:00.000Z`)
      expect(await takeOne(books.box.sale({ total: 1_000 }, at('2026-11-22')))).toMatchObject({ programmeVersion: 2 })
      expect(await takeOne(books.box.sale({ total: 1_000 }, at('2026-11-21')))).toMatchObject({ programmeVersion: 1 })
      await expect(books.store.follow({ current: { ...next, rules: firstProgramme.rules } })).rejects.toMatchObject({
        key: 'programme.changed',
      })
      await books.store.follow({ current: next })
      expect(await takeOne(books.box.sale({ total: 1_000 }, at('2026-11-21')))).toMatchObject({ programmeVersion: 1 })
    })

    it('decides a sale by the version that its quote pinned', async () => {
      await member('sara')
      const saleid = books.box.nextId()
      const basket = {
        saleid,
        member: card('sara'),
        businessdate: '2026-11-21',
        currency: 'IRR',
        total: 1_000_000,
        lines: [],
        mode: 'live' as const,
      }
      const { quote } = await ask(books.box.request('vafa.sale.quoted.v1', basket))
      await books.reopen({ ...storeSettings, programmes: { current: { ...firstProgramme, version: 2, rules: [] } } })
      const applied = [{ kind: 'discount' as const, ruleid: 'first-purchase', amount: 50_000, currency: 'IRR' }]
      const reply = await takeOne(
        books.box.sale({ total: 1_000_000, member: card('sara'), saleid, quoteid: quote?.quoteid ?? '', applied }),
      )
      expect(reply).toMatchObject({ programmeVersion: 1, balances: [{ available: 95_000 }] })
      expect(await takeOne(books.box.sale({ total: 1_000_000, member: card('sara') }))).toMatchObject({
        programmeVersion: 2,
        effects: [],
      })
    })
  })
}
