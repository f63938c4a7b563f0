import fc from 'fast-check'
import { expect, it } from 'vitest'
import { VafaError } from '#runtime/errors.ts'
import { readCards } from './cards.ts'
import { catalogueColumns, readCatalogue } from './catalogue.ts'
import { memberColumns, readMembers } from './members.ts'
import { writtenCatalogue, writtenRejects } from './written.ts'

const tokenKey = { keyid: 'k1', secret: Buffer.from('a key of thirty-two bytes or more') }
const members = (text: string) =>
  readMembers(text, { source: 'old', points: 'club', tokenKey, at: '2026-11-21T08:00:00.000Z', actor: 'tests' })
const memberIn = (text: string) => {
  const [first] = members(text).members
  if (first?.act.type !== 'vafa.club.member-imported.v1') throw new Error('nobody')
  return first.act.data.member
}

it('reads a list with Persian headings, Persian digits and Jalali dates as an English one', () => {
  const persian = memberIn(
    '\uFEFFشناسه;نام;موبایل;تاریخ تولد;جنسیت;اعتبار (تومان);امتیاز;تعداد مراجعه;تاریخ عضویت;پیامک;custom:کفش\r\n۷;سارا;۰۹۱۲۱۱۱۱۱۱۱;۱۳۷۰/۱/۵;زن;۲۵٬۰۰۰;۴۰;۱۲;۱۳۹۹/۰۱/۰۱;بله;۳۸\r\n',
  )
  const english = memberIn(
    'id,name,mobile,birthday,sex,credit,points,visits,joined,sms,custom:کفش\n7,سارا,+989121111111,1991-03-25,female,"250,000",40,12,2020-03-20,yes,38\n',
  )
  expect(persian).toEqual(english)
  expect(persian).toMatchObject({
    profile: { displayName: 'سارا', mobile: '+989121111111', birthday: '1991-03-25', sex: 'female', custom: { کفش: '38' } },
    credit: 250_000,
    units: { 'points:club': 40 },
    visits: 12,
    purchases: 12,
    enrolledAt: '2020-03-19T20:30:00.000Z',
  })
})

it('names every line that it rejects, with the reason in both languages, and takes the others', () => {
  const text = [
    'id,name,mobile,birthday,credit',
    '1,سارا,0912,,',
    '2,رضا,,1400-13-01,',
    '3,"مینا,,,',
    '4,نیما,,,12.5',
    '5,شیرین,,,10',
    '5,شیرین,,,10',
    ',بی‌شناسه,,,',
    '8,a,b,c,d,e',
  ].join('\n')
  const { members: taken, rejected } = members(text)
  expect(taken.map((one) => [one.line, one.id])).toEqual([[6, '5']])
  expect(rejected.map((one) => one.line)).toEqual([2, 3, 4, 5, 7, 8, 9])
  for (const { reason } of rejected) expect(reason).toEqual({ fa: expect.stringMatching(/[آ-ی]/), en: expect.any(String) })
  expect(writtenRejects(rejected)).toContain('2,1,“0912” is no mobile')
})

it('gives the same row of the same source the same ids, whenever it comes', () => {
  const once = members('id\n1\n').members[0]?.act
  expect(members('شناسه\n۱\n').members[0]?.act.id).toBe(once?.id)
  const other = readMembers('id\n1\n', { source: 'new', points: 'club', tokenKey, at: '', actor: '' }).members[0]?.act
  expect(other?.id).not.toBe(once?.id)
})

it('names a heading that it does not know, and those that it does', () => {
  expect(() => members('id,shoe\n1,38\n')).toThrow(
    expect.objectContaining({ key: 'list.heading', hint: expect.stringContaining('شناسه') }),
  )
})

it('keeps no number of a card: tokens only, as tills make them', () => {
  const { cards, rejected } = readCards('uid,number,store\n04:a1:b2:c3,,s1\n,۱۰۰۱,\n,1001,\nxyz,,\n08112233,,\n', {
    tokenKey,
    store: 's2',
  })
  expect(cards.map((one) => [one.tokens.length, one.store])).toEqual([
    [1, 's1'],
    [1, 's2'],
  ])
  expect(rejected.map((one) => one.line)).toEqual([4, 5, 6])
  expect(JSON.stringify({ cards, rejected })).not.toMatch(/1001|b2|08112233/i)
})

it('a catalogue that is written is the catalogue that is read', () => {
  const word = fc
    .string({ minLength: 1, maxLength: 20 })
    .map((text) => text.replace(/[\r\n']/g, '').trim())
    .filter((text) => text !== '')
  const product = fc.record({ product: fc.stringMatching(/^[a-z0-9=+-]{1,20}$/), fa: word, tax: fc.nat(10_000) })
  fc.assert(
    fc.property(fc.uniqueArray(product, { selector: (one) => one.product }), (given) => {
      const products = given.map(({ product: code, fa, tax }) => ({ product: code, name: { fa }, taxrate: tax, version: 1 }))
      const read = readCatalogue(writtenCatalogue(products))
      expect(read.rejected).toEqual([])
      expect(read.products.map((one) => [one.product, one.taxrate])).toEqual(products.map((one) => [one.product, one.taxrate]))
    }),
  )
})

it('whatever a file holds is taken, rejected by its line, or refused by its heading', () => {
  const lines = fc.array(fc.oneof(fc.string(), fc.stringMatching(/^[0-9۰-۹a-z",;\t'/-]{0,40}$/)), { maxLength: 12 })
  const headings = fc.constantFrom(
    Object.keys(memberColumns).join(','),
    Object.keys(catalogueColumns).join(';'),
    'uid,number',
    '',
  )
  fc.assert(
    fc.property(headings, lines, (heading, body) => {
      const text = [heading, ...body].join('\n')
      for (const read of [members, readCatalogue, (list: string) => readCards(list, { tokenKey, store: undefined })])
        try {
          for (const { line, reason } of read(text).rejected)
            expect([line > 1, reason.fa !== '', reason.en !== '']).toEqual([true, true, true])
        } catch (error) {
          if (!(error instanceof VafaError) || error.key !== 'list.heading') throw error
        }
    }),
    { numRuns: 300 },
  )
})
