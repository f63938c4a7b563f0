import { expect, test } from 'vitest'
import { tillRequest } from '#protocol/lane.ts'
import { fingerprintOf, withOwnId } from './idempotency.ts'

const sender = { till: 'till-1', lane: 'lane-1', secret: 's'.repeat(32) }
const back = tillRequest.parse({ op: 'return', id: '1', saleid: '01890a5d-ac96-774b-bcce-b302099a8057', lines: [] })

test('two requests are the same whatever the till calls them, and by which order their fields came', () => {
  expect(fingerprintOf({ ...back, id: '2' }, sender)).toBe(fingerprintOf(back, sender))
  expect(fingerprintOf(tillRequest.parse({ ...back, amount: 1 }), sender)).not.toBe(fingerprintOf(back, sender))
})

test('without the till’s key nobody can tell which request a fingerprint is of', () => {
  expect(fingerprintOf(back, { ...sender, secret: 't'.repeat(32) })).not.toBe(fingerprintOf(back, sender))
})

test('a key names one return: the same for the same till, another for another till, key or body', () => {
  const idOf = (request: typeof back, more: { till?: string; key?: string } = {}) =>
    (
      withOwnId(request, { store: 's1', sender: { ...sender, till: more.till ?? 'till-1' }, key: more.key ?? 'k' }) as {
        returnid: string
      }
    ).returnid
  const first = idOf(back)
  expect(tillRequest.safeParse({ ...back, returnid: first }).success).toBe(true)
  expect(idOf({ ...back, id: '7' })).toBe(first)
  expect(idOf(back, { till: 'till-2' })).not.toBe(first)
  expect(idOf(back, { key: 'l' })).not.toBe(first)
  expect(idOf(tillRequest.parse({ ...back, amount: 1 }))).not.toBe(first)
})

test('an id that the till has chosen stays', () => {
  const returnid = '01890a5d-ac96-774b-bcce-b302099a8058'
  const chosen = tillRequest.parse({ ...back, returnid })
  expect(withOwnId(chosen, { store: 's1', sender, key: 'k' })).toEqual(chosen)
})
