import fc from 'fast-check'
import { expect, it } from 'vitest'
import { effectiveAtOf, readArrival } from './arrival.ts'

const receivedat = '2026-11-21T10:00:00.000Z'
const heartbeat = {
  specversion: '1.0',
  id: '01930000-0000-7000-8000-000000000001',
  source: '/stores/s1/devices/box',
  type: 'vafa.box.heartbeat.v1',
  subject: 'box',
  time: receivedat,
  datacontenttype: 'application/json',
  boxid: '01930000-0000-7000-8000-000000000002',
  orderkey: 'box',
  bootid: '01930000-0000-7000-8000-000000000003',
  clocksynced: 'synced',
  expiresat: receivedat,
  data: { sentat: receivedat },
}
const read = (payload: string | Uint8Array, store = 's1') =>
  readArrival({ store, receivedat, payload: typeof payload === 'string' ? new TextEncoder().encode(payload) : payload })

it('reads a message that speaks for the store that sent it, and for no other', () => {
  expect(read(JSON.stringify(heartbeat))).toMatchObject({ ok: true, message: { id: heartbeat.id } })
  expect(read(JSON.stringify(heartbeat), 's2')).toMatchObject({
    ok: false,
    id: heartbeat.id,
    madeUp: false,
    key: 'request.invalid',
  })
})

it('tells what is wrong from what is only new', () => {
  expect(read(JSON.stringify({ ...heartbeat, data: {} }))).toMatchObject({
    ok: false,
    key: 'request.invalid',
    reason: expect.stringContaining('sentat'),
  })
  expect(read(JSON.stringify({ ...heartbeat, type: 'vafa.new.v1' }))).toMatchObject({ ok: false, key: 'event.unsupported' })
})

it('never throws on outside bytes, and gives the same bytes the same id', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      (bytes) => {
        const first = read(bytes)
        expect(first.ok).toBe(false)
        expect(read(bytes)).toEqual(first)
        if (!first.ok) expect(first.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      },
    ),
  )
})

it('counts an event from when it happened, unless that clock is unsynced or ahead', () => {
  const at = (time: string, clocksynced: 'synced' | 'corrected' | 'unsynced') => effectiveAtOf({ time, clocksynced }, receivedat)
  expect(at('2026-11-20T23:00:00Z', 'synced')).toBe('2026-11-20T23:00:00.000Z')
  expect(at('2026-11-21T10:00:59.000Z', 'corrected')).toBe('2026-11-21T10:00:59.000Z')
  expect(at('2026-11-21T10:01:01.000Z', 'synced')).toBe(receivedat)
  expect(at('2026-11-20T23:00:00.000Z', 'unsynced')).toBe(receivedat)
})
