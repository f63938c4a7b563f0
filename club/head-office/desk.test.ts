import fc from 'fast-check'
import { expect, it } from 'vitest'
import { officeResponse } from '#protocol/head-office/envelope.ts'
import { headOfficeRequests, type OfficeRequestName, officeRequestNames } from '#protocol/head-office/requests.ts'
import { roles } from '#protocol/head-office/roles.ts'
import { officeTopics } from '#protocol/topics.ts'
import { silentLogger } from '#runtime/log.ts'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import type { Answers } from './asker.ts'
import { createDesk } from './desk.ts'
import type { Login } from './sessions.ts'

const session = '0192f000-0000-7000-8000-000000000001'

/** A desk at which everything that may be asked is answered with what was asked. */
function deskOf(user: Partial<Login['user']>) {
  const asked: { name: string; data: unknown }[] = []
  const noted: { what: string; result: string }[] = []
  const runtime = createVirtualRuntime({ startAt: Date.parse('2026-11-22T06:30:00.000Z') })
  const answers = Object.fromEntries(
    officeRequestNames.map((name) => [name, (data: unknown) => asked.push({ name, data }) && { echoed: data }]),
  ) as unknown as Answers<OfficeRequestName>
  const login: Login = {
    ...{ session, expiresat: '2026-11-23T00:00:00.000Z' },
    user: { name: 'nima', role: 'cashier', stores: [], mustChange: false, ...user },
  }
  const desk = createDesk({
    ...{ club: 'demo', answers, runtime, log: silentLogger },
    sessions: { byName: (name) => (name === session ? login : undefined) },
    audit: { note: ({ what, result }) => void noted.push({ what, result }), entries: () => [] },
  })
  let ticks = 0
  // The limit of a session is not what is tried here.
  const take = async (topic: string, payload: Buffer) => {
    if (++ticks % 20 === 0) await runtime.advance(2_000)
    return desk.take(topic, payload)
  }
  return { take, asked, noted }
}

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value))

it('answers nothing that is no request of a session, and never more than the role may have', async () => {
  const { take, asked } = deskOf({})
  const topic = fc.oneof(
    fc.constantFrom(...officeRequestNames).map((name) => officeTopics('demo', session).request(name)),
    fc.constantFrom('stores', 'members', 'watch-store').map((name) => officeTopics('demo', session).request(name)),
    fc.string({ maxLength: 20 }).map((name) => officeTopics('demo', session).request(name)),
    fc.constant(officeTopics('demo', 'another').request('stores')),
    fc.string(),
  )
  const payload = fc.oneof(
    fc.record({ requestid: fc.string({ maxLength: 70 }), data: fc.jsonValue() }).map(bytesOf),
    fc
      .record({ requestid: fc.constant('1'), data: fc.constantFrom({}, { store: 's1' }, { find: 'sara' }, { number: '1' }) })
      .map(bytesOf),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  )
  await fc.assert(
    fc.asyncProperty(topic, payload, async (at, bytes) => {
      const taken = await take(at, bytes)
      if (taken) expect(officeResponse.safeParse(taken.response).success).toBe(true)
    }),
    { numRuns: 10_000 },
  )
  expect(asked.length).toBeGreaterThan(50)
  const allowed = officeRequestNames.filter((name) => (headOfficeRequests[name].roles as readonly string[]).includes('cashier'))
  expect([...new Set(asked.map(({ name }) => name))].sort()).toEqual([...allowed].sort())
}, 20_000)

it('writes down each change, also one that is refused, and no question', async () => {
  const { take, noted } = deskOf({})
  const ask = (name: string, data: object) => take(officeTopics('demo', session).request(name), bytesOf({ requestid: '1', data }))
  await ask('stores', {})
  await ask('user-remove', { name: 'sara' })
  expect(noted).toEqual([{ what: 'user-remove', result: 'role.refused' }])
})

it('says in both languages why it refuses, whatever the reason', async () => {
  const { take } = deskOf({ role: 'store-manager', stores: ['s1'] })
  const refusal = async (name: string, data: object) => {
    const taken = await take(officeTopics('demo', session).request(name), bytesOf({ requestid: '1', data }))
    return taken?.response.status === 'error' ? taken.response.error : undefined
  }
  expect(await refusal('store', { store: 's2' })).toMatchObject({
    key: 'store.refused',
    title: { fa: 'این فروشگاه از فروشگاه‌های شما نیست', en: 'This store is not one of yours' },
  })
  expect(await refusal('nothing', {})).toMatchObject({ key: 'request.unknown' })
  expect(await refusal('member', { number: '' })).toMatchObject({
    key: 'request.invalid',
    detail: expect.stringContaining('number'),
  })
})

it('every request may be made by somebody, by an administrator at least, and a second approval by more than who asks', () => {
  for (const name of officeRequestNames) {
    const request = headOfficeRequests[name]
    expect(request.roles).toContain('administrator')
    expect(roles).toEqual(expect.arrayContaining([...request.roles]))
    if ('second' in request) expect(request.second.length).toBeGreaterThan(1)
  }
})
