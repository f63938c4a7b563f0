import fc from 'fast-check'
import { expect, it } from 'vitest'
import { editDistance, nearestWord, notAmong } from './words.ts'

it('finds the word that was meant, and none where nothing is near', () => {
  expect(nearestWord('visits', ['purchase', 'visit', 'amount'])).toBe('visit')
  expect(nearestWord('amuont', ['purchase', 'visit', 'amount'])).toBe('amount')
  expect(nearestWord('weather', ['purchase', 'visit', 'amount'])).toBeUndefined()
  expect(notAmong('condition', 'visits', ['visit'])).toBe('“visits” is no condition: did you mean “visit”?')
  expect(notAmong('channel', 'pigeon', ['sms', 'email'])).toBe('“pigeon” is no channel: valid are sms, email')
})

it('counts one slip of the finger as one', () => {
  const word = fc.stringMatching(/^[a-z]{2,12}$/)
  fc.assert(
    fc.property(word, fc.nat(11), (text, place) => {
      const at = place % (text.length - 1)
      const without = text.slice(0, at) + text.slice(at + 1)
      const swapped = text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2)
      expect(editDistance(text, without)).toBe(1)
      expect(editDistance(text, swapped)).toBe(text[at] === text[at + 1] ? 0 : 1)
      expect(editDistance(text, `${text}s`)).toBe(1)
    }),
  )
  fc.assert(fc.property(word, word, (a, b) => editDistance(a, b) === editDistance(b, a)))
})
