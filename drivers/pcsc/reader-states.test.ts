import { describe, expect, test } from 'vitest'
import type { DeviceEvent } from '../contract.ts'
import { identify } from './identify.ts'
import { applyCardEvent, healthOf, type ReaderStates } from './reader-states.ts'
import type { CardEvent } from './transport.ts'

const at = 1_700_000_000_000
const reader = 'ACS ACR122U PICC Interface 00 00'
const other = 'HID OMNIKEY 5022 00 00'
const uid = (hex: string): CardEvent => ({ kind: 'presented', reader, card: { by: 'uid', hex } })

/** Applies events one after another, from no reader at all. */
const play = (...events: CardEvent[]): { states: ReaderStates; reports: DeviceEvent[] } => {
  let states: ReaderStates = new Map()
  const reports: DeviceEvent[] = []
  for (const event of [{ kind: 'attached', reader } as const, ...events]) {
    const outcome = applyCardEvent(states, event, { at, identify })
    states = outcome.states
    if (outcome.report) reports.push(outcome.report)
  }
  return { states, reports }
}

describe('what the gateway hears of a card', () => {
  test('a tap: who it is, then that it is gone', () => {
    expect(play(uid('04A1B2C3D4E580'), { kind: 'removed', reader }).reports).toEqual([
      { kind: 'credential', at, credential: { kind: 'nfc-uid', value: '04A1B2C3D4E580' } },
      { kind: 'removed', at },
    ])
  })

  test('a card that lies there is told once', () => {
    expect(play(uid('04A1B2C3D4E580'), uid('04A1B2C3D4E580')).reports).toHaveLength(1)
  })

  test('the same card, taken away and laid on again, is a second tap', () => {
    const kinds = play(uid('3AF45C91'), { kind: 'removed', reader }, uid('3AF45C91')).reports.map(({ kind }) => kind)
    expect(kinds).toEqual(['credential', 'removed', 'credential'])
  })

  test('a random UID is refused, and the reason does not repeat it', () => {
    const { reports } = play(uid('08C0FFEE'))
    expect(reports).toMatchObject([{ kind: 'refused', key: 'credential.random' }])
    expect(JSON.stringify(reports)).not.toContain('C0FFEE')
  })

  test('what an application says is a credential of its own kind', () => {
    const { reports } = play({ kind: 'presented', reader, card: { by: 'aid', hex: '5641464131' } })
    expect(reports).toMatchObject([{ credential: { kind: 'iso-dep', value: '5641464131' } }])
  })

  test('a card that said nothing comes and goes unheard', () => {
    const { reports } = play({ kind: 'unreadable', reader, reason: 'pulled' }, { kind: 'removed', reader })
    expect(reports).toEqual([])
  })

  test('a reader that is unplugged takes its card with it', () => {
    const { reports, states } = play(uid('3AF45C91'), { kind: 'detached', reader })
    expect(reports.at(-1)).toEqual({ kind: 'removed', at })
    expect(states.size).toBe(0)
  })
})

describe('what the technician hears of the readers', () => {
  test('all is well with a reader, whichever it is', () => {
    expect(healthOf(play().states, [])).toEqual({ status: 'ready' })
  })

  test('no reader at all is said', () => {
    expect(healthOf(new Map(), [])).toMatchObject({ status: 'degraded', reason: expect.stringContaining('no reader attached') })
  })

  test('a configured reader that is missing is named', () => {
    expect(healthOf(play().states, ['ACR122', 'OMNIKEY'])).toEqual({
      status: 'degraded',
      reason: 'no reader attached whose name contains "OMNIKEY"',
    })
    expect(healthOf(play({ kind: 'attached', reader: other }).states, ['ACR122', 'OMNIKEY'])).toEqual({ status: 'ready' })
  })

  test('a mute card is named with its reader until it is taken away', () => {
    const mute = play({ kind: 'mute', reader })
    expect(healthOf(mute.states, [])).toMatchObject({ status: 'degraded', reason: expect.stringContaining(reader) })
    expect(healthOf(play({ kind: 'mute', reader }, { kind: 'removed', reader }).states, [])).toEqual({ status: 'ready' })
  })
})
