import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyHash } from './envelope.ts'
import { formatSequence } from './ids.ts'
import { memberProfile, parseMessage, parseMessageValue } from './messages.ts'
import { parseStoreTopic, shardOf, storeTopics } from './topics.ts'

const uuid = '0190c1a2-7b3c-7def-8123-456789abcdef'
const sale = {
  specversion: '1.0',
  id: uuid,
  source: '/stores/s1/devices/till-1',
  type: 'vafa.sale.completed.v1',
  subject: 'lane-1',
  time: '2026-11-22T08:30:00.000Z',
  datacontenttype: 'application/json',
  boxid: uuid,
  sequence: formatSequence(1),
  orderkey: 'k',
  bootid: uuid,
  clocksynced: 'synced',
  data: {
    saleid: uuid,
    businessdate: '2026-11-22',
    currency: 'IRR',
    total: 1_000_000,
    lines: [{ product: 'coffee', quantity: 2, amount: 1_000_000 }],
    mode: 'live',
    applied: [{ kind: 'discount', ruleid: 'first', amount: 50_000, currency: 'IRR' }],
    payable: 950_000,
    tenders: [{ kind: 'cash', amount: 950_000 }],
  },
}

describe('a message from the wire', () => {
  test('a completed sale is read', () => {
    expect(parseMessageValue(sale)).toMatchObject({ ok: true, message: { type: 'vafa.sale.completed.v1' } })
  })

  test.each([
    ['payable', { payable: 960_000, tenders: [{ kind: 'cash', amount: 960_000 }] }],
    ['tenders', { tenders: [{ kind: 'cash', amount: 1 }] }],
    ['total', { total: 1.5 }],
    ['total', { total: -1 }],
    ['currency', { currency: 'rial' }],
    ['businessdate', { businessdate: '1405-09-41' }],
  ])('a wrong %s is named', (field, change) => {
    const parsed = parseMessageValue({ ...sale, data: { ...sale.data, ...change } })
    expect(parsed).toMatchObject({ ok: false, id: uuid, type: sale.type })
    expect(parsed.ok === false && parsed.reason).toContain(`data.${field}`)
  })

  test('an unknown type is named, with its id, so that it can be answered', () => {
    expect(parseMessageValue({ ...sale, type: 'vafa.sale.completed.v9' })).toEqual({
      ok: false,
      id: uuid,
      type: 'vafa.sale.completed.v9',
      reason: 'unknown type "vafa.sale.completed.v9"',
    })
    expect(parseMessageValue({ ...sale, type: 'constructor' })).toMatchObject({ ok: false })
  })

  test('a fact needs its sequence, a request its end', () => {
    const { sequence: _, ...unnumbered } = sale
    expect(parseMessageValue(unnumbered)).toMatchObject({ ok: false, reason: expect.stringContaining('sequence') })
    const { applied: __, payable: ___, tenders: ____, ...basket } = sale.data
    const request = { ...unnumbered, type: 'vafa.sale.quoted.v1', data: basket }
    expect(parseMessageValue(request)).toMatchObject({ ok: false, reason: expect.stringContaining('expiresat') })
    expect(parseMessageValue({ ...request, expiresat: sale.time })).toMatchObject({ ok: true })
  })

  test('any bytes are answered with a reason, never with an exception', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => parseMessage(bytes).ok === false))
    fc.assert(fc.property(fc.json(), (json) => parseMessage(json).ok === false))
  })

  test('any one changed field is either read or refused, never thrown at', () => {
    const paths = Object.keys(sale).flatMap((k) => (k === 'data' ? Object.keys(sale.data).map((d) => ['data', d]) : [[k]]))
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.anything(), ([top, inner], junk) => {
        const changed = inner ? { ...sale, data: { ...sale.data, [inner]: junk } } : { ...sale, [top ?? '']: junk }
        expect(typeof parseMessageValue(changed).ok).toBe('boolean')
      }),
    )
  })
})

describe('the hash of a body', () => {
  test('does not depend on the order of keys nor on the trace', () => {
    const reordered = Object.fromEntries(Object.entries(sale).reverse())
    expect(bodyHash({ ...reordered, traceparent: '00-1-2-01' })).toBe(bodyHash(sale))
  })

  test('changes with any value', () => {
    expect(bodyHash({ ...sale, data: { ...sale.data, total: 1_000_001 } })).not.toBe(bodyHash(sale))
    expect(bodyHash({ ...sale, subject: 'lane-2' })).not.toBe(bodyHash(sale))
  })
})

describe('topics', () => {
  test('what is made is read back', () => {
    const topics = storeTopics('vafa', 's1')
    expect(parseStoreTopic(topics.facts('key'))).toEqual({ club: 'vafa', store: 's1', channel: 'facts', rest: shardOf('key') })
    expect(parseStoreTopic(topics.replies)).toEqual({ club: 'vafa', store: 's1', channel: 'replies', rest: '' })
    expect(parseStoreTopic('vafa/v1/vafa/hq/sessions/1')).toBeUndefined()
  })

  test('shards are 00 to 63 and all used', () => {
    const shards = new Set(Array.from({ length: 2_000 }, (_, i) => shardOf(`key-${i}`)))
    expect(shards.size).toBe(64)
    expect([...shards].every((s) => /^[0-5]\d$|^6[0-3]$/.test(s))).toBe(true)
  })
})

test('takes a birthday in the calendar in which it was told, and none that no calendar has', () => {
  const takes = (birthday: string) => memberProfile.safeParse({ birthday }).success
  expect(['1370-06-31', '1370-12-30', '1992-02-29'].map(takes)).toEqual([true, true, true])
  expect(['1370-07-31', '1991-02-29', '1991-13-01', '۱۳۷۰-۰۱-۰۱'].map(takes)).toEqual([false, false, false, false])
})
