import { describe, expect, test } from 'vitest'
import { makeSealingKey, seal, unseal } from './sealing.ts'

describe('a sealed profile', () => {
  const club = makeSealingKey('s1')
  const profile = { displayName: 'سارا', mobile: '+989123456789' }

  test('is opened by the club and shows nothing on the way', () => {
    const sealed = seal(profile, club)
    expect(unseal(sealed, club)).toEqual(profile)
    expect(Buffer.from(sealed.box, 'base64url').toString('latin1')).not.toContain('989123456789')
  })

  test('is another one each time', () => {
    expect(seal(profile, club).box).not.toBe(seal(profile, club).box)
  })

  test('is refused by another key and after any change', () => {
    const sealed = seal(profile, club)
    expect(() => unseal(sealed, { ...makeSealingKey('s1') })).toThrow()
    expect(() => unseal(sealed, makeSealingKey('s2'))).toThrow('sealed to key s1')
    const bytes = Buffer.from(sealed.box, 'base64url')
    for (const index of [0, 33, 50, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(() => unseal({ ...sealed, box: changed.toString('base64url') }, club)).toThrow()
    }
    expect(() => unseal({ ...sealed, box: 'AAAA' }, club)).toThrow('too short')
  })
})
