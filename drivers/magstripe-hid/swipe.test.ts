import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clubPrefix } from './club-prefixes.ts'
import { type CardRules, checkCharacter, readTracks, readTyped } from './swipe.ts'

const rules: CardRules = { prefixes: ['9871'], tracks: [2], lrc: 'none' }
const club = { kind: 'card', number: '9871000000001234' }
const typed = ';9871000000001234=29121010000000000?'
const bank = '6037991234567893'

/** Any UTF-16 there is; fast-check's own `binary` unit takes seconds to set up. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes))

describe('what leaves the codec of a swiped card', () => {
  test('the number of a card of the club’s, from what a reader types or reports', () => {
    expect(readTyped(typed, rules)).toEqual(club)
    expect(readTyped(`%B9871000000001234^SARA^2912?${typed}+0123?`, rules)).toEqual(club)
    expect(readTyped(';9871000000001234?', rules)).toEqual(club)
    expect(readTracks({ 2: '9871000000001234=2912' }, rules)).toEqual(club)
  })

  test('a bank card: nothing of it, on whatever track it stands', () => {
    const all = { ...rules, tracks: [2, 1] as const }
    for (const swiped of [
      readTyped(`%B${bank}^REZA/AHMADI^29121010000000000?;${bank}=29121010000000000?`, rules),
      readTyped(`;${bank}=29121010000000000?`, all),
      readTyped(`%B${bank}^REZA/AHMADI^29121010000000000?`, all),
      readTracks({ 1: `B${bank}^REZA`, 2: `${bank}=2912` }, all),
    ])
      expect(swiped).toEqual({ kind: 'foreign' })
  })

  test('a card with the club’s beginning and another length is none of the club’s', () => {
    expect(readTyped(typed, { ...rules, digits: 13 })).toEqual({ kind: 'foreign' })
    expect(readTyped(typed, { ...rules, digits: 16 })).toEqual(club)
  })

  test('track 1 where the rules name it and track 2 has no number', () => {
    const swiped = '%B9871000000001234^SARA^2912?;E?'
    expect(readTyped(swiped, rules)).toEqual({ kind: 'unreadable' })
    expect(readTyped(swiped, { ...rules, tracks: [2, 1] })).toEqual(club)
  })

  test.each(['', 'hello', '%E?;E?', ';9871000000001234=2912', ';98710000000A1234=2912?', `;${'9'.repeat(45)}?`, ';123?'])(
    'what is no whole track is unreadable: %j',
    (line) => {
      expect(readTyped(line, rules)).toEqual({ kind: 'unreadable' })
    },
  )

  test('a check character that the reader passes on is checked again', () => {
    const sent = { ...rules, lrc: 'sent' } as const
    const check = checkCharacter(2, typed)
    expect(readTyped(typed + check, sent)).toEqual(club)
    expect(readTyped(typed, sent)).toEqual({ kind: 'unreadable' })
    expect(readTyped(`${typed.replace('1234=', '1235=')}${check}`, sent)).toEqual({ kind: 'unreadable' })
  })

  test('the check character is the one of ISO/IEC 7811-2: all characters together come to nothing', () => {
    // 1011 (;) 0001 (1) 0010 (2) 1111 (?) → 0111, which is 7.
    expect(checkCharacter(2, ';12?')).toBe('7')
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789='), maxLength: 37 }), (body) => {
        const whole = `;${body}?`
        const all = [...whole, checkCharacter(2, whole)].reduce((sum, one) => sum ^ (one.charCodeAt(0) & 0x0f), 0)
        expect(all).toBe(0)
      }),
    )
  })

  test('whatever is swiped, a number that comes out is the club’s, and nothing else comes out', () => {
    const piece = fc.constantFrom('%', 'B', ';', '?', '=', '^', '9871', '6037', '0123456789', 'E', '+', ' ', '7')
    const line = fc.oneof(
      anyText,
      fc.array(piece, { maxLength: 30 }).map((all) => all.join('')),
    )
    fc.assert(
      fc.property(line, fc.constantFrom<CardRules['lrc']>('none', 'sent'), (text, lrc) => {
        const swipe = readTyped(text, { ...rules, tracks: [2, 1], lrc })
        if (swipe.kind === 'card') expect(swipe.number).toMatch(/^9871\d{0,15}$/)
        else expect(Object.keys(swipe)).toEqual(['kind'])
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('the club’s own prefixes', () => {
  test.each(['9871', '636500', '001'])('%s can be one', (prefix) => {
    expect(clubPrefix.parse(prefix)).toBe(prefix)
  })

  test.each(['6', '63', '6037', '603799', '60379912', '5022', '627', '991', '4', '12345678901234'])(
    '%s would let bank cards through, or is none',
    (prefix) => {
      expect(clubPrefix.safeParse(prefix).success).toBe(false)
    },
  )
})
