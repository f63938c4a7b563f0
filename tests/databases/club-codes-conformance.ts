import { describe, expect, it } from 'vitest'
import { type Credential, tokenise } from '#protocol/credentials.ts'
import type { Reply } from '#protocol/reply.ts'
import { codeProof, readCode } from '#protocol/rotating-code.ts'
import { booksOnTrial, type OpenBooks } from './books-on-trial.ts'
import { card, idOf, start } from './club-messages.ts'
import { sealed } from './club-people-conformance.ts'
import { storeSettings } from './store-settings.ts'

const minute = 60_000
const mobile = '+989121234567'
const phone = tokenise({ kind: 'phone', value: mobile }, { keyid: 'k1', secret: Buffer.alloc(32, 7) })
let ids = 0
/** A one-time code as a till's scanner read it, in one showing at a lane. */
const shown = (code: string, seenAt = start): Credential => {
  const read = readCode(code, '')
  if (!read) throw new Error(`${code} is no code`)
  return { kind: 'qr', keyid: 'k1', presentationid: idOf(700_000 + ++ids), proof: codeProof(read, seenAt) }
}
const keyOf = ({ error }: Reply) => error?.key

/** What every store of the club's books must do with codes, and what it tells a kiosk of an account. */
export function clubCodesConformance(name: string, open: OpenBooks) {
  describe(`one-time codes and a member’s own account in ${name}`, () => {
    const books = booksOnTrial(open, storeSettings)
    const ask = (type: 'vafa.code.issued.v1' | 'vafa.code.presented.v1', data: object, at = start) =>
      books.ask(books.box.request(type, data as never, at), at)
    const send = (at = start) =>
      ask('vafa.code.issued.v1', { member: phone, purpose: 'prove-mobile', mobile: sealed({ mobile }), language: 'en' }, at)
    const prove = (code: string, at = start) =>
      ask('vafa.code.presented.v1', { credential: phone, purpose: 'prove-mobile', code }, at)
    const sent = async (at = start) => (await books.store.codesToSend(new Date(at).toISOString()))[0]
    const withCredit = async () => {
      const memberid = await books.enrol('sara')
      await books.takeOne(books.box.sale({ total: 10_000_000, member: card('sara') }))
      return memberid
    }
    const issue = (amount: number, at = start) =>
      ask('vafa.code.issued.v1', { member: card('sara'), purpose: 'redeem', amount }, at)
    const reserve = (member: Credential, amount: number, at = start) =>
      books.ask(books.box.reserve('-', amount, { member }, at), at)
    const available = ({ balances }: Reply) => balances?.[0]?.available
    const present = (credential: Credential, at = start) =>
      books.ask(books.box.request('vafa.credential.presented.v1', { credential }, at), at)

    it('a code goes to the mobile that was sealed to the club, proves it once, and is wrong after some tries and in time', async () => {
      expect(await send()).toMatchObject({ status: 'accepted', code: { until: new Date(start + 3 * minute).toISOString() } })
      const { mobile: to, code = '', text, store } = (await sent()) ?? {}
      expect({ to, store, text }).toEqual({ to: mobile, store: 's1', text: expect.stringContaining(code) })
      const wrong = code === '00000' ? '00001' : '00000'
      expect(keyOf(await prove(wrong))).toBe('code.wrong')
      expect(await prove(code)).toMatchObject({ status: 'accepted' })
      expect(keyOf(await prove(code))).toBe('code.wrong')
      await send(start + minute)
      const { code: late = '' } = (await sent(start + minute)) ?? {}
      expect(keyOf(await prove(late, start + 5 * minute))).toBe('code.wrong')
      await send(start + 6 * minute)
      const { code: tried = '' } = (await sent(start + 6 * minute)) ?? {}
      for (let n = 0; n < 5; n++) await prove(tried === '00000' ? '00001' : '00000', start + 6 * minute)
      expect(keyOf(await prove(tried, start + 6 * minute))).toBe('code.wrong')
      expect(keyOf(await send(start + 7 * minute))).toBe('code.too-many')
    })

    it('a code of a redemption spends so much of the member’s credit, in one presentation, at any store that sees it', async () => {
      const memberid = await withCredit()
      const { code } = await issue(400_000)
      const at = shown(code?.code ?? '')
      // Whoever comes with the card meanwhile has the rest; the till that sees the code has all.
      expect(available(await present(card('sara')))).toBe(600_000)
      expect(keyOf(await reserve(card('sara'), 600_001))).toBe('credit.insufficient')
      const presented = await present(at)
      expect(presented.member?.memberid).toBe(memberid)
      expect(available(presented)).toBe(1_000_000)
      expect(presented.prompts[0]?.text.fa).toContain('۴۰٬۰۰۰ تومان')
      expect(keyOf(await reserve(at, 400_001))).toBe('redemption.unproven')
      const reserved = await reserve(at, 300_000)
      const { hold } = reserved
      expect([hold?.amount, available(reserved)]).toEqual([300_000, 700_000])
      expect(keyOf(await reserve(shown(code?.code ?? ''), 1_000))).toBe('credential.unproven')
      const redemption = { redemptionid: hold?.redemptionid ?? '', amount: 300_000 }
      const { member, effects } = await books.takeOne(books.box.sale({ total: 900_000, member: at, redemption }))
      expect(member?.memberid).toBe(memberid)
      expect(effects).toContainEqual(expect.objectContaining({ kind: 'credit-redeemed', amount: 300_000 }))
      await books.balanced()
    })

    it('what a code holds is the member’s again when its time is over, or when another code takes its place', async () => {
      await withCredit()
      const { code: first } = await issue(800_000)
      const { code: second } = await issue(1_000_000, start + minute)
      const detail = { credential: card('sara'), detail: 'account' } as const
      const look = await books.ask(books.box.request('vafa.credential.presented.v1', detail, start + minute), start + minute)
      expect([available(look), look.account?.held]).toEqual([0, 1_000_000])
      expect(keyOf(await present(shown(first?.code ?? '', start + 2 * minute), start + 2 * minute))).toBe('credential.unproven')
      expect(keyOf(await reserve(card('sara'), 1, start + 10 * minute))).toBe('credit.insufficient')
      expect(await books.store.tick(new Date(start + 11 * minute).toISOString())).toBe(1)
      const later = start + 11 * minute
      expect(keyOf(await present(shown(second?.code ?? '', later), later))).toBe('credential.unproven')
      expect(available(await present(card('sara'), later))).toBe(1_000_000)
      await books.balanced()
    })

    it('a code is not issued for more than any till would take off by the card that was shown', async () => {
      await books.enrol('sara')
      await books.takeOne(books.box.sale({ total: 100_000_000, member: card('sara') }))
      expect(keyOf(await issue(5_000_001))).toBe('redemption.unproven')
      expect(await issue(5_000_000)).toMatchObject({ status: 'accepted' })
    })

    it('a code is nobody’s when it was made up, is ten minutes old, or asks for more than there is', async () => {
      await withCredit()
      expect(keyOf(await issue(1_000_001))).toBe('credit.insufficient')
      const { code } = await issue(1_000)
      const [cardOfCode = '', digits = ''] = (code?.code ?? '').split('.')
      const other = `${cardOfCode}.${digits === '00000000' ? '00000001' : '00000000'}`
      const look = async (text: string, at = start) =>
        keyOf(await books.ask(books.box.request('vafa.credential.presented.v1', { credential: shown(text, at) }, at), at))
      expect(await look(other)).toBe('credential.unproven')
      expect(await look(code?.code ?? '', start + 10 * minute)).toBe('credential.unproven')
      expect(await look(code?.code ?? '', start + 9 * minute)).toBeUndefined()
    })

    it('a kiosk hears of the account what a till does not: the last purchases, the newest first, without those undone', async () => {
      await withCredit()
      const undone = books.box.sale({ total: 500_000, member: card('sara') })
      await books.take(undone, books.box.reversal(undone.data.saleid))
      await books.takeOne(books.box.sale({ total: 700_000, member: card('sara') }))
      const asked = (detail: object) =>
        books.ask(books.box.request('vafa.credential.presented.v1', { credential: card('sara'), ...detail }))
      expect((await asked({})).account).toBeUndefined()
      const { account } = await asked({ detail: 'account' })
      expect(account?.visits.map(({ paid }) => paid)).toEqual([700_000, 10_000_000])
      expect(account?.visits[0]?.store.fa).toBeTruthy()
      expect(account).toMatchObject({ offers: [], stampCards: expect.any(Array), expiring: expect.any(Array) })
    })
  })
}
