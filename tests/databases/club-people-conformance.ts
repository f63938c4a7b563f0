import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Act } from '#club/books/acts.ts'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import type { MemberProfile } from '#protocol/messages.ts'
import { type Reply, reply as replySchema } from '#protocol/reply.ts'
import { seal } from '#protocol/sealing.ts'
import { arrivalOf, card, createBox, hour, idOf, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const day = 24 * hour
const rulesOf = (rule: object) => programmeSchema.parse({ id: 'people', version: 9, currency: 'IRR', rules: [rule] })
const coffeeRules = rulesOf({
  id: 'coffee',
  order: 1,
  when: { lines: { category: ['coffee'] } },
  effects: [{ kind: 'credit', basisPoints: 2_000 }],
})
const messageRules = rulesOf({
  id: 'thanks',
  order: 1,
  when: {},
  effects: [{ kind: 'message', channel: 'sms', after: { days: 1, at: '10:00' }, text: { fa: 'سپاس', en: 'Thanks' } }],
})
let acts = 0

/** An act of head office. */
export const actOf = <Type extends Act['type']>(
  type: Type,
  data: Extract<Act, { type: Type }>['data'],
  id = idOf(700_000 + ++acts),
): Act => ({ id, at: '2026-12-31T00:00:00.000Z', actor: 'tests', type, data }) as Act

export const sealed = (profile: MemberProfile) => seal(profile, storeSettings.sealingKey)

/** What every store of the club's books must do for people and their cards. */
export function clubPeopleConformance(name: string, open: (folder: string, settings: StoreSettings) => Promise<ClubStore>) {
  describe(`people and cards in ${name}`, () => {
    let folder: string
    let settings: StoreSettings
    let store: ClubStore
    let box: ReturnType<typeof createBox>

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
      settings = { ...storeSettings, erasedFile: join(folder, 'club.erased') }
      store = await open(folder, settings)
      box = createBox()
    })
    afterEach(async () => {
      await store.close()
      rmSync(folder, { recursive: true })
    })

    const take = async (...messages: object[]): Promise<Reply[]> =>
      repliesOf(await store.commitBatch(messages.map((one) => arrivalOf(one)))).map((one) => replySchema.parse(one))
    const takeOne = async (message: object): Promise<Reply> => {
      const [first] = await take(message)
      if (!first) throw new Error('no reply')
      return first
    }
    const act = async (...given: Parameters<typeof actOf>) => {
      const [first] = await store.act([actOf(...given)])
      if (!first) throw new Error('no reply')
      return replySchema.parse(first)
    }
    const tap = async (who: string, at = start) => {
      const request = box.request('vafa.credential.presented.v1', { credential: card(who) }, at)
      const [first] = repliesOf(await store.answer([arrivalOf(request, 's1', new Date(at).toISOString())]))
      if (!first) throw new Error('no reply')
      return first
    }
    const enrol = async (who: string, profile?: MemberProfile) => {
      const { member } = await takeOne(box.enrolment(who, profile ? { profile: sealed(profile) } : {}))
      if (!member) throw new Error('not enrolled')
      return member
    }
    const credit = async (number: string) => (await store.memberByNumber(number))?.credit
    const person = async (number: string) => {
      const found = await store.person(number)
      if (!found) throw new Error('nobody')
      return found
    }

    it('newer fields of a profile replace older ones, and every consent is kept', async () => {
      const { memberid, number } = await enrol('sara', { displayName: 'سارا', area: 'تجریش', custom: { size: '38' } })
      const update = box.fact('vafa.member.updated.v1', {
        memberid,
        profile: sealed({ displayName: 'سارا احمدی', birthday: '1991-03-21', custom: { colour: 'آبی' } }),
        consents: [{ purpose: 'promotion', channel: 'sms', given: true }],
      })
      expect(await takeOne(update)).toMatchObject({ status: 'accepted', member: { memberid } })
      const { profile, consents } = await person(number)
      expect(profile).toEqual({
        displayName: 'سارا احمدی',
        area: 'تجریش',
        birthday: '1991-03-21',
        custom: { size: '38', colour: 'آبی' },
      })
      expect(consents.map((one) => [one.purpose, one.channel, one.given])).toEqual([
        ['club', undefined, true],
        ['promotion', 'sms', true],
      ])
    })

    it('a changed mobile finds the member, and the old one nobody', async () => {
      const { memberid, number } = await enrol('sara', { mobile: '+989121111111' })
      await take(box.fact('vafa.member.updated.v1', { memberid, profile: sealed({ mobile: '+989122222222' }), consents: [] }))
      const other = await enrol('new card', { mobile: '+989122222222' })
      expect(other.number).toBe(number)
      expect((await enrol('third', { mobile: '+989121111111' })).number).not.toBe(number)
    })

    it('a mobile that another member has stays there: the two are named to head office, and nothing is moved', async () => {
      const sara = await enrol('sara', { mobile: '+989121111111' })
      const mina = await enrol('mina', { displayName: 'مینا' })
      const profile = sealed({ mobile: '+989121111111', area: 'ونک' })
      const reply = await takeOne(box.fact('vafa.member.updated.v1', { memberid: mina.memberid, profile, consents: [] }))
      expect(reply).toMatchObject({ status: 'accepted', error: { key: 'mobile.taken' } })
      expect((await person(mina.number)).profile).toEqual({ displayName: 'مینا', area: 'ونک' })
      const [pair, ...more] = await store.candidates()
      expect([pair?.first, pair?.second].sort()).toEqual([sara.memberid, mina.memberid].sort())
      expect([pair?.why, more]).toEqual(['mobile', []])
    })

    it('a message about nobody is set aside, so that it can be booked when the member is here', async () => {
      const memberid = box.nextId()
      const linked = box.fact('vafa.card.linked.v1', { memberid, credential: card('sara') })
      expect(await takeOne(linked)).toMatchObject({ status: 'quarantined', error: { key: 'member.unknown' } })
    })

    it('journalled messages hold what they told of a person under that person’s own key', async () => {
      const { number } = await enrol('sara', { displayName: 'سارا', mobile: '+989121111111' })
      const { messages } = await person(number)
      expect(messages).toMatchObject([
        { type: 'vafa.member.enrolled.v1', data: { profile: { displayName: 'سارا', mobile: '+989121111111' } } },
      ])
    })

    it('a further card is the same member; another member’s card stays where it is', async () => {
      const sara = await enrol('sara')
      const mina = await enrol('mina')
      expect(
        await takeOne(box.fact('vafa.card.linked.v1', { memberid: sara.memberid, credential: card('keyring') })),
      ).toMatchObject({
        status: 'accepted',
        member: { number: sara.number },
      })
      expect((await tap('keyring')).member?.number).toBe(sara.number)
      expect(await takeOne(box.fact('vafa.card.linked.v1', { memberid: sara.memberid, credential: card('mina') }))).toMatchObject(
        {
          status: 'accepted',
          error: { key: 'card.taken' },
        },
      )
      expect((await tap('mina')).member?.number).toBe(mina.number)
      expect(await store.candidates()).toMatchObject([{ why: 'card' }])
    })

    it('who takes the consent for fingers back is known by none at any store, and by a new one after giving it again', async () => {
      const { memberid } = await enrol('sara')
      const finger = (name: string) => ({ ...card(name), kind: 'fingerprint' as const })
      const consent = (given: boolean) =>
        box.fact('vafa.member.updated.v1', { memberid, consents: [{ purpose: 'fingerprint' as const, given }] })
      const link = (name: string) => box.fact('vafa.card.linked.v1', { memberid, credential: finger(name) })
      await take(consent(true), link('thumb'), link('elsewhere'))
      expect((await tap('thumb')).member).toMatchObject({ memberid })
      await take(consent(false))
      for (const name of ['thumb', 'elsewhere'])
        expect(await tap(name)).toMatchObject({ status: 'declined', error: { key: 'credential.unknown' } })
      expect((await tap('sara')).member).toMatchObject({ memberid })
      await take(consent(true), link('anew'))
      expect((await tap('anew')).member).toMatchObject({ memberid })
      expect((await tap('thumb')).error?.key).toBe('credential.unknown')
      expect(await store.audit()).toEqual([])
    })

    it('a blocked card is refused from then on, with a word to the cashier; what it did before stands', async () => {
      const sara = await enrol('sara')
      const late = box.sale({ total: 1_000_000, member: card('sara') }, start + hour)
      await take(box.fact('vafa.card.blocked.v1', { credential: card('sara'), reason: 'lost' }, start + 2 * hour))
      expect(await tap('sara', start + 3 * hour)).toMatchObject({ status: 'declined', error: { key: 'card.blocked' } })
      const reply = await takeOne(box.sale({ total: 500_000, member: card('sara') }, start + 3 * hour))
      expect(reply).toMatchObject({ status: 'accepted', effects: [], error: { key: 'card.blocked' } })
      expect(reply.error?.detail).toMatchObject({ fa: expect.stringContaining('کارت'), en: expect.any(String) })
      expect([await credit(sara.number), (await store.totals()).sales]).toEqual([0, 1])
      expect((await takeOne(late)).member?.number).toBe(sara.number)
      expect(await credit(sara.number)).toBe(100_000)
      expect(await store.audit()).toEqual([])
    })

    it('a card is blocked before it is anybody’s, and then nobody can sign up with it', async () => {
      await take(box.fact('vafa.card.blocked.v1', { credential: card('stolen'), reason: 'stolen' }))
      expect(await takeOne(box.enrolment('stolen'))).toMatchObject({ status: 'quarantined', error: { key: 'card.blocked' } })
      expect(await store.members()).toEqual([])
    })

    it('a lost card is replaced: the member keeps everything, the old card is refused', async () => {
      const sara = await enrol('sara')
      await take(box.sale({ total: 1_000_000, member: card('sara') }))
      await take(box.fact('vafa.card.blocked.v1', { credential: card('sara'), reason: 'lost' }, start + hour))
      const replaced = box.fact('vafa.card.replaced.v1', { old: card('sara'), new: card('fresh') }, start + 2 * hour)
      expect(await takeOne(replaced)).toMatchObject({ status: 'accepted', balances: [{ available: 100_000 }] })
      expect((await tap('fresh', start + 3 * hour)).member?.number).toBe(sara.number)
      expect(await tap('sara', start + 3 * hour)).toMatchObject({ status: 'declined', error: { key: 'card.blocked' } })
      expect((await person(sara.number)).credentials.map((one) => one.state)).toEqual(['replaced', undefined])
      // A sale of the hour between loss and replacement is nobody's, however late it comes.
      expect(await takeOne(box.sale({ total: 1_000, member: card('sara') }, start + 1.5 * hour))).toMatchObject({
        error: { key: 'card.blocked' },
      })
    })

    it('two members who are one person become one: cards, credit, purchases, consents; the dropped number finds the kept', async () => {
      const sara = await enrol('sara', { displayName: 'سارا', mobile: '+989121111111' })
      const again = await enrol('again', { displayName: 'sara', area: 'ونک', mobile: '+989122222222' })
      const older = box.sale({ total: 1_000_000, member: card('again') })
      const newer = box.sale({ total: 2_000_000, member: card('sara') }, start + day)
      await take(older, newer)
      const merge = actOf('vafa.club.members-merged.v1', { keep: sara.number, drop: again.number })
      const [merged] = await store.act([merge])
      expect(merged).toMatchObject({ status: 'accepted', balances: [{ available: 300_000 }], member: { visits: 2 } })
      expect((await tap('again')).member?.number).toBe(sara.number)
      expect((await store.memberByNumber(again.number))?.number).toBe(sara.number)
      expect(await store.members()).toHaveLength(1)
      const { profile, messages, mergedMembers } = await person(sara.number)
      expect(profile).toEqual({ displayName: 'سارا', area: 'ونک', mobile: '+989121111111' })
      expect(mergedMembers).toEqual([again.memberid])
      expect(messages.map((one) => (one.data.profile as MemberProfile | undefined)?.displayName)).toEqual([
        'سارا',
        'sara',
        undefined,
      ])
      // Both mobiles are the person's.
      expect((await enrol('more', { mobile: '+989122222222' })).number).toBe(sara.number)
      // The same again changes nothing; nor does what comes of it twice.
      expect(await store.act([merge])).toEqual([merged])
      await act('vafa.club.members-merged.v1', { keep: sara.number, drop: again.number })
      expect(await credit(sara.number)).toBe(300_000)
      // A purchase of before is undone at the kept member's cost.
      expect(await takeOne(box.reversal(older.data.saleid))).toMatchObject({ balances: [{ available: 200_000 }] })
      await take(box.sale({ total: 100_000, member: card('again') }, start + 2 * day))
      expect(await credit(sara.number)).toBe(210_000)
      expect(await store.transfers({ memberid: again.memberid })).toHaveLength(6)
      expect(await store.audit()).toEqual([])
    })

    it('refuses to join a member with nobody', async () => {
      const sara = await enrol('sara')
      const reply = await act('vafa.club.members-merged.v1', { keep: sara.number, drop: '99999999' })
      expect(reply).toMatchObject({
        status: 'declined',
        error: { key: 'member.unknown', reason: expect.stringContaining('99999999') },
      })
    })

    it('whoever asks to be forgotten is: no name, no card, no mobile leads there, and the books stay', async () => {
      const sara = await enrol('sara', { displayName: 'سارا', mobile: '+989121111111' })
      const twin = await enrol('twin', { displayName: 'سارا ۲' })
      await act('vafa.club.members-merged.v1', { keep: sara.number, drop: twin.number })
      const sale = box.sale({ total: 1_000_000, member: card('sara') })
      await take(sale)
      const erased = box.fact('vafa.member.erased.v1', { memberid: sara.memberid })
      expect(await takeOne(erased)).toMatchObject({ status: 'accepted' })
      expect(await takeOne(erased)).toMatchObject({ status: 'accepted' })
      expect((await tap('sara')).error?.key).toBe('credential.unknown')
      const record = await person(sara.number)
      expect([record.profile, record.credentials]).toEqual([{}, []])
      for (const { data } of record.messages) if (data.profile) expect(data.profile).toEqual({ locked: expect.any(String) })
      expect(JSON.stringify(record)).not.toContain('سارا')
      expect(readFileSync(join(folder, 'club.erased'), 'utf8').trim().split('\n').sort()).toEqual(
        [sara.memberid, twin.memberid].sort(),
      )
      // Nothing about the person is taken any more, and the amounts go on.
      const again = box.fact('vafa.member.updated.v1', {
        memberid: sara.memberid,
        profile: sealed({ displayName: 'س' }),
        consents: [],
      })
      expect(await takeOne(again)).toMatchObject({ status: 'accepted', error: { key: 'member.erased' } })
      expect(await takeOne(box.reversal(sale.data.saleid))).toMatchObject({ balances: [{ available: 0 }] })
      expect(await store.audit()).toEqual([])
      // The card and the mobile are free for a fresh start.
      expect((await enrol('sara', { mobile: '+989121111111' })).number).not.toBe(sara.number)
    })

    it('an erased member’s blocked card stays blocked', async () => {
      const sara = await enrol('sara')
      await take(box.fact('vafa.card.blocked.v1', { credential: card('sara'), reason: 'stolen' }))
      await take(box.fact('vafa.member.erased.v1', { memberid: sara.memberid }))
      expect((await tap('sara', start + hour)).error?.key).toBe('card.blocked')
    })

    it('members of a household have their own cards and ask for what they have together', async () => {
      const [mother, son] = [await enrol('mother'), await enrol('son')]
      await take(box.sale({ total: 1_000_000, member: card('mother') }), box.sale({ total: 500_000, member: card('son') }))
      await act('vafa.club.household-joined.v1', { head: mother.number, member: son.number })
      expect(await store.household(son.number)).toEqual({
        head: mother.number,
        members: [
          { number: mother.number, credit: 100_000 },
          { number: son.number, credit: 50_000 },
        ],
        credit: 150_000,
        units: {},
      })
      await act('vafa.club.household-left.v1', { member: son.number })
      expect([await store.household(son.number), await store.household(mother.number)]).toEqual([undefined, undefined])
    })

    it('where only the club’s own cards are taken, another is refused, and a phone is not a card', async () => {
      await store.close()
      store = await open(folder, { ...settings, cards: 'stock' })
      expect(await takeOne(box.enrolment('transit'))).toMatchObject({ status: 'quarantined', error: { key: 'card.foreign' } })
      const phone = { ...card('mobile'), kind: 'phone' as const }
      const sara = await takeOne(box.enrolment('transit', { credentials: [card('transit'), phone] }))
      expect(sara).toMatchObject({ status: 'accepted', error: { key: 'card.foreign' }, member: { visits: 0 } })
      const cards = ['one', 'two'].map((who) => ({ tokens: [card(who).token], store: 's1' }))
      await act('vafa.club.cards-imported.v1', { batch: 'spring', cards })
      const memberid = sara.member?.memberid ?? ''
      expect(await takeOne(box.fact('vafa.card.linked.v1', { memberid, credential: card('one') }))).not.toHaveProperty('error')
      expect(await store.stock()).toMatchObject([{ batch: 'spring', store: 's1', cards: 2, handedout: 1 }])
      expect(await act('vafa.club.cards-imported.v1', { batch: 'x', cards: [{ tokens: ['t'], store: 'mars' }] })).toMatchObject({
        status: 'declined',
        error: { key: 'store.unknown' },
      })
    })

    it('rules about a category hold where the till sends the product’s code only; what the till says itself stands', async () => {
      await store.close()
      store = await open(folder, { ...settings, programmes: { current: coffeeRules } })
      await enrol('sara')
      const products = [{ product: 'latte', name: { fa: 'لاته' }, category: 'coffee', brand: 'vafa' }]
      await act('vafa.club.catalogue-imported.v1', { products })
      const latte = { product: 'latte', quantity: 1, amount: 100_000 }
      const bought = await takeOne(box.sale({ total: 100_000, member: card('sara'), lines: [latte] }))
      expect(bought.effects).toMatchObject([{ kind: 'credit', granted: 20_000 }])
      const own = await takeOne(box.sale({ total: 100_000, member: card('sara'), lines: [{ ...latte, category: 'gift-card' }] }))
      expect(own.effects).toEqual([])
      const quote = box.request('vafa.sale.quoted.v1', {
        saleid: box.nextId(),
        member: card('sara'),
        businessdate: '2026-11-21',
        currency: 'IRR',
        total: 100_000,
        lines: [latte],
        mode: 'live',
      })
      const [quoted] = repliesOf(await store.answer([arrivalOf(quote, 's1', new Date(start).toISOString())]))
      expect(quoted?.effects).toMatchObject([{ kind: 'credit', granted: 20_000 }])
    })

    it('a new list of products is a new version; the same list is none', async () => {
      const products = [{ product: 'latte', name: { fa: 'لاته' }, category: 'coffee', brand: 'vafa' }]
      await act('vafa.club.catalogue-imported.v1', { products })
      await store.close()
      store = await open(folder, settings)
      expect(await store.products()).toMatchObject({ version: 1, products })
      await act('vafa.club.catalogue-imported.v1', { products })
      expect((await store.products()).version).toBe(1)
      await act('vafa.club.catalogue-imported.v1', { products: [{ product: 'tea', name: {} }] })
      expect(await store.products()).toMatchObject({ version: 2, products: [{ product: 'tea' }] })
    })

    it('takes over a member of another club once, balances as transfers, and refuses whom it has already', async () => {
      const member = {
        memberid: idOf(800_001),
        credentials: [card('old club')],
        profile: { displayName: 'رضا', mobile: '+989123333333' },
        consents: [{ purpose: 'club' as const, given: true }],
        enrolledAt: '2020-03-20T20:30:00.000Z',
        visits: 12,
        purchases: 10,
        credit: 250_000,
        units: { 'points:club': 40 },
      }
      const imported = actOf('vafa.club.member-imported.v1', { source: 'old', row: '1', member })
      const [reply] = await store.act([imported])
      expect(reply).toMatchObject({ status: 'accepted', member: { visits: 12 } })
      expect(await store.act([imported])).toEqual([reply])
      expect((await tap('old club')).balances).toMatchObject([{ available: 250_000 }, { unit: 'points', available: 40 }])
      expect((await store.totals()).accounts).toMatchObject({ 'house:imported': -250_000, 'house:imported:points:club': -40 })
      const twice = actOf('vafa.club.member-imported.v1', {
        source: 'old',
        row: '2',
        member: { ...member, memberid: idOf(800_002), credentials: [] },
      })
      expect(await store.act([twice])).toMatchObject([{ status: 'declined', error: { key: 'mobile.taken' } }])
      expect(await store.members()).toHaveLength(1)
      expect(await store.audit()).toEqual([])
    })

    it('finds members by number, mobile or a part of the name, and tells a member’s sales and a day’s by store', async () => {
      const profile = (displayName: string, mobile: string) => ({ profile: sealed({ displayName, mobile }) })
      const sara = box.enrolment('sara', profile('سارا احمدی', '+989121112233'))
      await take(sara, box.enrolment('mina', profile('مینا احمدي', '+989124445566')), box.enrolment('nima'))
      await take(box.sale({ total: 100_000, member: card('sara') }), box.sale({ total: 30_000 }))
      await take(box.sale({ total: 50_000, member: card('sara') }))
      const { memberid } = sara.data
      const find = async (text: string, most = 10) => {
        const { members, whole } = await store.findMembers({ find: text, most })
        return [members.map(({ displayName, mobile }) => `${displayName} ${mobile}`), whole]
      }
      const number = (await store.members())[0]?.number ?? ''
      expect(await find(number)).toEqual([['سارا احمدی 2233'], true])
      expect(await find('۰۹۱۲ ۴۴۴ ۵۵۶۶')).toEqual([['مینا احمدي 5566'], true])
      expect(await find('احمدی')).toEqual([['مینا احمدي 5566', 'سارا احمدی 2233'], true])
      expect(await find('احمدی', 1)).toEqual([['مینا احمدي 5566'], false])
      expect(await find('99999')).toEqual([[], true])
      expect((await store.sales({ memberid })).map(({ total }) => total)).toEqual([50_000, 100_000])
      expect(await store.sales({ memberid: idOf(999_999) })).toEqual([])
      await expect
        .poll(async () => (await store.storesOn(new Date(start).toISOString().slice(0, 10)))[0])
        .toMatchObject({ store: 's1', sales: 3, paid: 180_000 })
      await act('vafa.club.member-erased.v1', { member: number, why: 'asked for it' })
      expect(await find('سارا')).toEqual([[], true])
      expect(await store.findMembers({ find: number, most: 1 })).toMatchObject({ members: [{ erased: true, visits: 1 }] })
    })

    it('gives and takes credit by hand, with a second approval in the journal, and no more than there is', async () => {
      await take(box.enrolment('sara'))
      const number = (await store.members())[0]?.number ?? ''
      const adjust = (amount: number) =>
        act('vafa.club.credit-adjusted.v1', { member: number, amount, why: 'a complaint', agreedBy: 'chief' })
      expect((await adjust(50_000)).balances).toMatchObject([{ unit: 'credit', available: 50_000 }])
      expect(await adjust(-60_000)).toMatchObject({ status: 'declined', error: { key: 'credit.insufficient' } })
      expect((await adjust(-20_000)).balances).toMatchObject([{ unit: 'credit', available: 30_000 }])
      expect((await store.totals()).accounts['house:adjusted']).toBe(-30_000)
      expect(await store.audit()).toEqual([])
    })

    it('withholds a message from who does not want it when it is due, and says why', async () => {
      await store.close()
      store = await open(folder, { ...settings, programmes: { current: messageRules } })
      const said = (given: boolean) => ({ purpose: 'club' as const, channel: 'sms' as const, given })
      const sara = box.enrolment('sara', { consents: [said(true)] })
      await take(sara, box.enrolment('mina', { consents: [] }), box.enrolment('nima'))
      for (const who of ['sara', 'mina', 'nima']) await take(box.sale({ total: 100_000, member: card(who) }))
      const until = new Date(start + 2 * day).toISOString()
      expect([(await store.dueMessages(until)).length, (await store.withheldMessages(until)).map((one) => one.why)]).toEqual([
        2,
        ['never-asked'],
      ])
      const { memberid } = sara.data
      await take(box.fact('vafa.member.updated.v1', { memberid, consents: [said(false)] }, start + day))
      expect((await store.withheldMessages(until)).map((one) => one.why).sort()).toEqual(['never-asked', 'withdrawn'])
      await take(box.fact('vafa.member.erased.v1', { memberid }, start + day))
      expect((await store.withheldMessages(until)).map((one) => one.why).sort()).toEqual(['erased', 'never-asked'])
      expect(await store.dueMessages(until)).toHaveLength(1)
    })
  })
}

/** A restored backup, for engines whose books are a folder. */
export function restoredBackupConformance(name: string, open: (folder: string, settings: StoreSettings) => Promise<ClubStore>) {
  describe(`a backup of ${name}`, () => {
    it('restored, it forgets again who was forgotten since', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
      const books = join(folder, 'books')
      mkdirSync(books)
      const settings = { ...storeSettings, erasedFile: join(folder, 'club.erased') }
      const box = createBox()
      let store = await open(books, settings)
      const sara = box.enrolment('sara', { profile: sealed({ displayName: 'سارا' }) })
      await store.commitBatch([arrivalOf(sara), arrivalOf(box.enrolment('mina', { profile: sealed({ displayName: 'مینا' }) }))])
      const [number = '', other = ''] = (await store.members()).map((one) => one.number)
      await store.close()
      cpSync(books, join(folder, 'backup'), { recursive: true })
      store = await open(books, settings)
      await store.commitBatch([arrivalOf(box.fact('vafa.member.erased.v1', { memberid: sara.data.memberid }))])
      await store.close()
      // The next id was being written when the power went.
      appendFileSync(settings.erasedFile, '01930000-0000-7000')
      store = await open(join(folder, 'backup'), settings)
      expect((await store.person(number))?.profile).toEqual({})
      expect((await store.person(other))?.profile).toEqual({ displayName: 'مینا' })
      await store.close()
      store = await open(join(folder, 'backup'), settings)
      expect((await store.person(number))?.messages.map((one) => one.type)).toEqual([
        'vafa.member.enrolled.v1',
        'vafa.club.erasure-repeated.v1',
      ])
      await store.close()
      rmSync(folder, { recursive: true })
    })
  })
}
