import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeError } from '#protocol/errors.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { silentLogger } from '#runtime/log.ts'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import type { DeviceHost } from '../contract.ts'
import { type Asked, createExchanges } from './exchanges.ts'

const sender = { till: 'till-1', lane: 'lane-1', secret: 's'.repeat(32) }
const saleid = '01890a5d-ac96-774b-bcce-b302099a8057'
const reverse: TillRequest = { op: 'reverse', id: 'r', saleid }
const complete: TillRequest = { op: 'complete', id: 'c', saleid, tenders: [] }
const result = (re: string): TillResponse => ({ op: 'result', re, status: 'accepted', balances: [], effects: [], prompts: [] })

/** Exchanges on a host whose lane is this test; `restart` forgets what is not on disk. */
function boxed() {
  const runtime = createVirtualRuntime()
  const disk = new Map<string, string>()
  const state = { writable: true }
  const asked: TillRequest[] = []
  const heard: TillResponse[] = []
  const host: DeviceHost = {
    ...{ device: 'tills', store: 's1', runtime, log: silentLogger, signal: new AbortController().signal },
    beside: (path) => path,
    memory: {
      find: (key) => disk.get(key),
      keep(key, value) {
        if (!state.writable) throw new Error('disk is full')
        disk.set(key, value)
      },
    },
    draw: async () => [],
    warm: () => {},
    event: (event) => event.kind === 'till' && asked.push(event.request),
    health: () => {},
  }
  const open = () => createExchanges({ host, onAnswer: (_, response) => heard.push(response), onUnasked: () => {} })
  const box = { exchanges: open(), asked, heard, runtime, state }
  return {
    ...box,
    get exchanges() {
      return box.exchanges
    },
    restart() {
      box.exchanges.close()
      box.exchanges = open()
    },
    answer: (make: (re: string) => TillResponse) => {
      const last = asked.at(-1)
      if (last) box.exchanges.take('lane-1', make(last.id))
    },
  }
}

describe('a till’s request', () => {
  test('that the lane never answers may be asked again after a minute', async () => {
    const { exchanges, runtime, asked } = boxed()
    expect(exchanges.ask(sender, complete, 'k').is).toBe('new')
    expect(exchanges.ask(sender, complete, 'k').is).toBe('in-progress')
    await runtime.advance(60_000)
    expect(exchanges.ask(sender, complete, 'k').is).toBe('new')
    expect(asked).toHaveLength(2)
  })

  test('that is to be booked is refused where its key cannot be kept', () => {
    const { exchanges, state, asked } = boxed()
    state.writable = false
    expect(exchanges.ask(sender, complete, 'k')).toEqual({ is: 'unwritable', reason: 'disk is full' })
    expect(exchanges.ask(sender, { op: 'ping', id: 'p' }, 'p').is).toBe('new')
    expect(asked.map(({ op }) => op)).toEqual(['ping'])
  })

  test('is refused while too many are under way, and taken again when one has ended', () => {
    const { exchanges, answer } = boxed()
    for (let count = 0; count < 32; count++) expect(exchanges.ask(sender, { op: 'ping', id: String(count) }).is).toBe('new')
    expect(exchanges.ask(sender, complete, 'k').is).toBe('busy')
    const other = { ...sender, till: 'till-2' }
    expect(exchanges.ask(other, { op: 'ping', id: 'other' }).is).toBe('new')
    for (let count = 33; count < 256; count++) {
      const one = { ...sender, till: `till-${3 + (count % 8)}` }
      expect(exchanges.ask(one, { op: 'ping', id: String(count) }).is).toBe('new')
    }
    expect(exchanges.ask(other, complete, 'k').is).toBe('busy')
    answer((re) => ({ op: 'pong', re }))
    expect(exchanges.ask(other, complete, 'k').is).toBe('new')
  })

  test('has its answers kept for a day', async () => {
    const { exchanges, answer, runtime } = boxed()
    exchanges.ask(sender, complete, 'k')
    answer(result)
    await runtime.advance(23 * 3_600_000)
    expect(exchanges.ask(sender, complete, 'k').is).toBe('again')
    await runtime.advance(2 * 3_600_000)
    expect(exchanges.ask(sender, complete, 'k').is).toBe('new')
  })
})

type Step = 'complete' | 'reverse' | 'answer' | 'refuse' | 'retry later' | 'restart' | 'wait'

test('whatever happens in whatever order, a key stands for one request, and one that is answered is not asked again', () => {
  const steps = fc.array(fc.constantFrom<Step>('complete', 'reverse', 'answer', 'refuse', 'retry later', 'restart', 'wait'), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(steps, (all) => {
      const box = boxed()
      let first: TillRequest['op'] | undefined
      /** What the key must lead to; `undefined`: the lane is asked. */
      let expected: Asked['is'] | undefined
      let open = false
      for (const step of all) {
        switch (step) {
          case 'complete':
          case 'reverse': {
            const before = box.asked.length
            const request = step === 'complete' ? complete : reverse
            const { is } = box.exchanges.ask(sender, request, 'k')
            first ??= step
            expect(is).toBe(step === first ? (expected ?? 'new') : 'conflict')
            expect(box.asked.length - before).toBe(is === 'new' ? 1 : 0)
            if (is !== 'new') break
            expected = 'in-progress'
            open = true
            break
          }
          case 'answer':
          case 'refuse':
          case 'retry later':
            if (!open) break
            box.answer((re) =>
              step === 'answer'
                ? result(re)
                : { op: 'error', re, error: describeError(step === 'refuse' ? 'sale.unknown' : 'box.unwritable') },
            )
            expected = step === 'retry later' ? undefined : 'again'
            open = false
            break
          case 'restart':
            box.restart()
            expected = undefined
            open = false
            break
          case 'wait':
            box.exchanges.take('lane-1', { op: 'cancelled', saleid })
        }
      }
      // Every answer reached the till under its own name for the request.
      for (const { re } of box.heard) expect(['c', 'r']).toContain(re)
    }),
    { numRuns: 2_000 },
  )
})
