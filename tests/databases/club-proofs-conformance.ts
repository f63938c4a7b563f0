import { describe, expect, it } from 'vitest'
import type { Act } from '#club/books/acts.ts'
import { createPepper } from '#club/pepper.ts'
import { codeAt } from '#club/proofs/rotating-code.ts'
import type { Credential } from '#protocol/credentials.ts'
import type { Reply } from '#protocol/reply.ts'
import { codeProof } from '#protocol/rotating-code.ts'
import { seal } from '#protocol/sealing.ts'
import { formatSun } from '#protocol/sun.ts'
import { type Ntag424, sunMessage } from '#simulators/card/ntag-424.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { card, hour, idOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

const keys = { metaReadKey: 'A0A1A2A3A4A5A6A7A8A9AAABACADAEAF', fileReadKey: 'B0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF' }
const sara: Ntag424 = { uid: '04DE5F1EACC040', ...keys }
const dara: Ntag424 = { uid: '04958CAA5C5E80', ...keys }
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const pepper = createPepper(storeSettings.pepper)
let ids = 0
/** One showing at a lane. */
const presentation = () => idOf(600_000 + ++ids)

const act = <Type extends Act['type']>(type: Type, data: Extract<Act, { type: Type }>['data']): Act =>
  ({ id: presentation(), at: new Date(start).toISOString(), actor: 'tests', type, data }) as Act
export const batchOf = (batch: string, of: object = keys): Act =>
  act('vafa.club.cards-imported.v1', { batch, cards: [], keys: seal(of, storeSettings.sealingKey) })

/** What a card's `counter`-th reading sends. */
export const tapOf = (whose: Ntag424, counter: number, presentationid = presentation()): Credential => ({
  ...{ kind: 'nfc-sun', keyid: 'k1', presentationid },
  proof: formatSun(sunMessage(whose, { counter })) ?? '',
})
const codeOf = (shownAt: number, presentationid = presentation(), seenAt = shownAt): Credential => ({
  ...{ kind: 'qr', keyid: 'k1', presentationid },
  proof: codeProof({ card: 'SARAS4CARD', digits: codeAt(secret, shownAt) }, seenAt),
})
const keyOf = ({ error }: Reply) => error?.key

/** What every store of the club's books must do with cards and phones that prove themselves. */
export function clubProofsConformance(name: string, open: OpenBooks) {
  describe(`cards that prove themselves in ${name}`, () => {
    const books = booksOnTrial(open, { ...storeSettings, cards: 'stock' })
    const box = () => books.box
    const store = () => books.store
    const enrolBy = async (credential: Credential) => {
      const { member } = await books.takeOne(box().enrolment('-', { credentials: [credential] }))
      return member?.memberid ?? 'nobody'
    }
    const shown = (credential: Credential, at = start) =>
      books.ask(box().request('vafa.credential.presented.v1', { credential }, at), at)
    const bought = (member: Credential, at = start) => books.takeOne(box().sale({ total: 1_000_000, member }, at))
    const credits = async () => (await store().members()).map(({ credit }) => credit)
    const withCode = async () => {
      const memberid = await enrolBy(tapOf(sara, 1))
      const { number = '' } = (await store().members()).find((one) => one.memberid === memberid) ?? {}
      const issued = act('vafa.club.digital-card-issued.v1', {
        ...{ member: number, token: pepper.proven('qr|SARAS4CARD') },
        secret: seal(secret, storeSettings.sealingKey),
      })
      expect(await store().act([issued])).toMatchObject([{ status: 'accepted' }])
      return memberid
    }

    it('a card of a batch signs up, is known at its next tap, and what is quoted and bought at one tap is one presentation', async () => {
      await store().act([batchOf('spring')])
      const memberid = await enrolBy(tapOf(sara, 1))
      const tap = tapOf(sara, 2)
      expect(await shown(tap)).toMatchObject({ status: 'accepted', member: { memberid } })
      const quote = { saleid: box().nextId(), businessdate: '2026-11-21', currency: 'IRR', total: 1_000_000, lines: [] }
      const quoted = await books.ask(box().request('vafa.sale.quoted.v1', { ...quote, member: tap, mode: 'live' }))
      expect(quoted).toMatchObject({ member: { memberid } })
      expect(await bought(tap)).toMatchObject({ status: 'accepted', member: { memberid }, balances: [{ available: 100_000 }] })
      expect(await store().alerts({})).toEqual([])
      await books.balanced()
    })

    it('keys of a batch, and what was shown already, are known after the books are opened again', async () => {
      await store().act([batchOf('spring')])
      await enrolBy(tapOf(sara, 1))
      await books.reopen()
      expect(keyOf(await shown(tapOf(sara, 1)))).toBe('credential.unproven')
      expect(await shown(tapOf(sara, 2))).toMatchObject({ status: 'accepted' })
    })

    it('several batches have keys of their own; a card with keys that the club does not have proves nobody', async () => {
      const others = { metaReadKey: 'F'.repeat(32), fileReadKey: 'E'.repeat(32) }
      await store().act([batchOf('spring'), batchOf('autumn', others)])
      const [one, other] = [await enrolBy(tapOf(sara, 1)), await enrolBy(tapOf({ ...dara, ...others }, 1))]
      expect(one).not.toBe(other)
      const stranger = tapOf({ ...sara, fileReadKey: 'C'.repeat(32) }, 2)
      expect(await shown(stranger)).toMatchObject({ status: 'declined', error: { key: 'credential.unproven' } })
      expect(await bought(stranger)).toMatchObject({ status: 'accepted', error: { key: 'credential.unproven' } })
      expect(await credits()).toEqual([0, 0])
    })

    it('a sale of a day without a line is credited when it comes, though the card was read again meanwhile', async () => {
      await store().act([batchOf('spring')])
      await enrolBy(tapOf(sara, 1))
      expect(await bought(tapOf(sara, 9), start + 9 * hour)).toMatchObject({ balances: [{ available: 100_000 }] })
      expect(await bought(tapOf(sara, 4), start + hour)).toMatchObject({ balances: [{ available: 200_000 }] })
      expect(await store().alerts({})).toEqual([])
    })

    it('what a card said once is no proof in another presentation: an alarm, in the member’s record too, and the card goes on', async () => {
      await store().act([batchOf('spring')])
      const memberid = await enrolBy(tapOf(sara, 1))
      await bought(tapOf(sara, 2))
      const copy = tapOf(sara, 2)
      expect(keyOf(await shown(copy))).toBe('credential.unproven')
      const again = await bought(copy)
      expect([again.status, again.member, keyOf(again)]).toEqual(['accepted', undefined, 'credential.unproven'])
      expect(await store().alerts({})).toMatchObject([{ ruleid: 'card-copied', memberid, store: 's1' }])
      const [{ number = '' } = {}] = await store().members()
      const person = await store().person(number)
      expect(person?.credentials).toMatchObject([{ kind: 'nfc-sun', copiedAt: new Date(start).toISOString() }])
      expect(person?.messages.map(({ type }) => type)).toContain('vafa.club.card-copied.v1')
      expect(await bought(tapOf(sara, 3))).toMatchObject({ balances: [{ available: 200_000 }] })
      await books.balanced()
    })

    it('a repeat of a fact is answered as it was, and is no second showing', async () => {
      await store().act([batchOf('spring')])
      await enrolBy(tapOf(sara, 1))
      const sale = box().sale({ total: 1_000_000, member: tapOf(sara, 2) })
      const first = await books.takeOne(sale)
      expect(await books.takeOne(sale)).toEqual(first)
      expect(await credits()).toEqual([100_000])
      expect(await store().alerts({})).toEqual([])
    })

    it('a box’s advice proves its sale’s member as the sale itself does', async () => {
      await store().act([batchOf('spring')])
      await enrolBy(tapOf(sara, 1))
      const original = box().sale({ total: 1_000_000, member: tapOf(sara, 2) })
      const decidedat = new Date(start).toISOString()
      const advice = { original, effects: [], programmeVersion: 1, decidedat, reference: '7K3M9-QXZ2A' }
      await books.takeOne(box().fact('vafa.decision.advised.v1', advice as never))
      expect(await books.takeOne(original)).toMatchObject({ balances: [{ available: 100_000 }] })
      expect(await credits()).toEqual([100_000])
      expect(await store().alerts({})).toEqual([])
    })

    it('a rotating code is good in its half minute and those beside it, once, and by when the box saw it', async () => {
      await store().act([batchOf('spring')])
      const memberid = await withCode()
      expect(await shown(codeOf(start - 30_000, undefined, start))).toMatchObject({ member: { memberid } })
      expect(keyOf(await shown(codeOf(start - 30_000, undefined, start)))).toBe('credential.unproven')
      expect(keyOf(await shown(codeOf(start - 90_000, undefined, start)))).toBe('credential.unproven')
      // Shown at noon, paid ten minutes later, told a day later: the box says when it saw it.
      const late = codeOf(start + hour, presentation())
      expect(await bought(late, start + hour + 600_000)).toMatchObject({ member: { memberid } })
      expect(await store().alerts({})).toEqual([])
    })

    it('a number that can be copied spends little; a card that proves itself spends what the member has', async () => {
      await store().act([batchOf('spring')])
      await enrolBy(tapOf(sara, 1))
      await books.takeOne(box().sale({ total: 100_000_000, member: tapOf(sara, 2) }))
      const tap = tapOf(sara, 3)
      const holds = (member: Credential, amount: number) => books.ask(box().reserve('-', amount, { member }))
      expect(await holds(tap, 6_000_000)).toMatchObject({ status: 'accepted', hold: { amount: 6_000_000 } })
    })

    it('whoever asked to be forgotten is nobody by card and code', async () => {
      await store().act([batchOf('spring')])
      const memberid = await withCode()
      await books.takeOne(box().fact('vafa.member.erased.v1', { memberid }))
      expect(keyOf(await shown(tapOf(sara, 7)))).toBe('credential.unknown')
      expect(keyOf(await shown(codeOf(start)))).toBe('credential.unproven')
    })

    it('a plain card still has to be of the stock', async () => {
      const reply = await books.takeOne(box().enrolment('x', { credentials: [card('x')] }))
      expect([reply.status, keyOf(reply)]).toEqual(['quarantined', 'card.foreign'])
    })
  })

  describe(`cards that prove nothing in ${name}`, () => {
    const books = booksOnTrial(open, storeSettings)

    it('spend small change at once, and hear why', async () => {
      await books.enrol('sara')
      await books.takeOne(books.box.sale({ total: 100_000_000, member: card('sara') }))
      const held = (amount: number, capture: 'whole' | 'up-to' = 'whole') =>
        books.ask(books.box.reserve('sara', amount, { capture }))
      expect(await held(6_000_000)).toMatchObject({ status: 'declined', error: { key: 'redemption.unproven' } })
      expect(await held(6_000_000, 'up-to')).toMatchObject({ status: 'accepted', hold: { amount: 5_000_000 } })
    })
  })
}
