import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnsOf } from '#receipts/text-columns.ts'
import { readKeys } from './keys.ts'
import { press, type ScreenState, type Wish } from './model.ts'
import { render } from './view.ts'

const device = (name: string, more: Partial<ScreenState['devices'][number]>) => ({
  device: name,
  driver: 'till-tcp',
  lane: 'lane-1',
  acts: [],
  faults: [],
  ...more,
})

const fresh: ScreenState = {
  title: 'فروشگاه نمونه',
  language: 'fa',
  devices: [
    device('till', { acts: ['sale', 'enrol', 'reverse'], faults: ['garbage', 'hang-up'] }),
    device('reader', { acts: ['tap'], faults: ['mute-card'] }),
    device('other-till', { lane: 'lane-2', acts: ['sale'] }),
  ],
  left: [{ device: 'real-printer', reason: '/dev/usb/lp0 is there already' }],
  selected: 0,
  events: [],
  displays: new Map([['display', ['خوش آمدید', '']]]),
  line: 'whole',
  help: 'hidden',
  before: new Map(),
  cards: ['sara', 'reza', 'mute'],
}

/** The wishes that keys have led to, and the state behind them. */
function typed(keys: readonly string[], state: ScreenState = fresh): { state: ScreenState; wishes: Wish[] } {
  return keys.reduce<{ state: ScreenState; wishes: Wish[] }>(
    (so, key) => {
      const { state: next, wish } = press(so.state, key)
      return { state: next, wishes: wish ? [...so.wishes, wish] : so.wishes }
    },
    { state, wishes: [] },
  )
}

/** What the eye sees: without colours and the marks of direction. */
const plain = (line: string) => stripVTControlCharacters(line).replaceAll(/[\u2066-\u2069]/g, '')

describe('keys', () => {
  test('arrows, Enter and letters are told apart, also when they come at once; what is unknown is dropped', () => {
    expect(readKeys('\u001b[A\u001b[Bq\r\u001b[15~س\u007f\u0003')).toEqual([
      'up',
      'down',
      'q',
      'enter',
      'س',
      'backspace',
      'ctrl-c',
    ])
    expect(readKeys('\u001b')).toEqual(['escape'])
  })

  test('10,000 arbitrary inputs are read whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => readKeys(text).every((key) => key !== '')),
      { numRuns: 10_000 },
    )
  })
})

describe('a key', () => {
  test('asks for what it needs, offers what was done before, and works on the chosen device', () => {
    const first = typed(['b', 'enter'])
    expect(first.wishes).toMatchObject([{ wish: 'act', device: 'till', act: { do: 'sale', amount: 1_250_000 } }])
    const other = typed(['down', 'down', 'b', '7', '5', 'enter', 'b'], first.state)
    expect(other.wishes).toMatchObject([{ device: 'other-till', act: { amount: 75 } }])
    expect(other.state.question?.text).toBe('75')
  })

  test('goes through the cards with the arrows, and finds one by its first letters', () => {
    expect(typed(['t', 'right', 'enter']).wishes).toMatchObject([{ device: 'reader', act: { do: 'tap', card: 'reza' } }])
    expect(typed(['t', 'm', 'enter']).wishes).toMatchObject([{ act: { card: 'mute' } }])
  })

  test('does nothing with Esc, and says so where the answer is none', () => {
    expect(typed(['b', 'escape']).wishes).toEqual([])
    const wrong = typed(['b', 'x', 'enter'])
    expect(wrong.wishes).toEqual([])
    expect(wrong.state.events.at(-1)).toMatchObject({ tone: 'bad', text: expect.stringContaining('x') })
  })

  test('breaks a device, shows its fault, and mends it', () => {
    const broken = typed(['x', 'right', 'enter'])
    expect(broken.wishes).toEqual([{ wish: 'fault', device: 'till', kind: 'hang-up' }])
    expect(broken.state.devices[0]?.fault).toBe('hang-up')
    expect(typed(['m'], broken.state)).toMatchObject({ wishes: [{ wish: 'mend', device: 'till' }] })
    expect(typed(['m'], broken.state).state.devices[0]?.fault).toBeUndefined()
  })

  test('cuts and restores a line that is ours only', () => {
    expect(typed(['c', 'c']).wishes).toEqual([{ wish: 'cut' }, { wish: 'restore' }])
    expect(typed(['c'], { ...fresh, line: 'not ours' }).wishes).toEqual([])
  })
})

describe('the screen', () => {
  test('fills any terminal exactly, whatever was typed', () => {
    const keys = fc.array(fc.constantFrom(...'tswfbeprovdxmcl?hq', 'up', 'down', 'enter', 'escape', 'right', '۷', 'backspace'), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(keys, fc.integer({ min: 20, max: 200 }), fc.integer({ min: 8, max: 60 }), (all, columns, rows) => {
        const lines = render(typed(all).state, { columns, rows })
        expect(lines).toHaveLength(rows)
        for (const line of lines) expect(columnsOf(plain(line))).toBeLessThanOrEqual(columns)
      }),
      { numRuns: 500 },
    )
  })

  test('sets each Persian piece in an isolate of its own, so that what stands beside it stays there', () => {
    const state = { ...fresh, receipt: { device: 'till', lines: { fa: ['مبلغ خرید      ۱۲۵٬۰۰۰ تومان', '──────'], en: [] } } }
    const lines = render(state, { columns: 80, rows: 30 })
    const line = lines.find((one) => one.includes('مبلغ خرید'))
    expect(line).toMatch(/^ {2}\u2067مبلغ خرید.*تومان\u2069$/)
  })

  test('tells what is not played, and why', () => {
    expect(render(fresh, { columns: 100, rows: 30 }).map(plain).join('\n')).toContain(
      'real-printer: بازی نمی‌شود: /dev/usb/lp0 is there already',
    )
  })
})
