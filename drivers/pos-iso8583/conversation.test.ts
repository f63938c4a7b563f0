import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeError, errorKeys } from '#protocol/errors.ts'
import { encodeMessage } from '#protocol/iso8583/codec.ts'
import { responseCodes } from '#protocol/iso8583/codes.ts'
import { exchangeOf, exchanges, missingField } from '#protocol/iso8583/exchanges.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import { compiledTillRequest } from '#protocol/lane.ts'
import type { Answer } from './answer-parts.ts'
import { type Conversation, conversationOf } from './conversation.ts'
import type { TerminalPlace } from './place.ts'
import { instantOf, Refused } from './request-parts.ts'

function place(more: Partial<TerminalPlace> = {}): TerminalPlace {
  const memory = new Map<string, string>()
  let ids = 0
  return {
    store: 's1',
    terminal: 'T1',
    language: 'fa',
    charset: 'utf-8',
    receiptColumns: 32,
    timeZone: 'Asia/Tehran',
    memory: { find: (key) => memory.get(key), keep: (key, value) => void memory.set(key, value) },
    now: () => Date.UTC(2026, 10, 22, 8),
    nextId() {
      ids += 1
      return String(ids)
    },
    ...more,
  }
}

const frame = { 7: '1122080000', 11: '000017', 12: '113000', 13: '1122', 41: 'T1' }

const text = fc.oneof(
  fc.constantFrom(
    'TL006450000',
    'CR017phone:09123456789',
    'BN0011',
    'LN0132;450000;tea;x',
    'EF020discount;45000;first',
    'TN011cash;450000',
  ),
  fc.string({ maxLength: 30 }),
)
const digits = (length: number) =>
  fc.bigInt({ min: 0n, max: 10n ** BigInt(length) - 1n }).map((n) => String(n).padStart(length, '0'))
/** Messages of the profile's types, with every field that they must have, and contents of any kind. */
const anyRequest = fc
  .tuple(
    fc.constantFrom(...Object.values(exchanges)),
    fc.record({
      4: digits(12),
      37: fc.constantFrom('007K3M9QXZ2A', 'x'),
      90: digits(42),
      15: fc.oneof(digits(4), fc.constant('1122')),
      76: digits(10),
      88: digits(16),
    }),
    fc.record(
      { 48: text, 60: text, 62: text, 2: fc.constant('6037991234567890'), 35: fc.constant('6037=1') },
      { requiredKeys: [] },
    ),
  )
  .map(([one, required, optional]): IsoMessage => {
    const kind = one as { mti: readonly string[]; processing?: string; network?: string }
    return {
      mti: kind.mti[0] ?? '',
      fields: {
        ...frame,
        ...required,
        ...optional,
        3: `${kind.processing ?? '00'}0000`,
        ...(kind.network ? { 70: kind.network as '001' } : {}),
      },
    }
  })
  .filter((message) => {
    const name = exchangeOf(message)
    return name !== undefined && missingField(name, message) === undefined
  })

const anyError = fc.constantFrom(...errorKeys).map((key): TillResponse => ({ op: 'error', error: describeError(key, 'why') }))
const saleid = '01890a5d-ac96-774b-bcce-b302099a8057'
const anyResponse: fc.Arbitrary<TillResponse> = fc.oneof(
  anyError,
  fc.constantFrom<TillResponse>(
    { op: 'completed', saleid },
    { op: 'reversed', saleid },
    { op: 'opened', saleid },
    { op: 'member', balances: [], prompts: [] },
    { op: 'quote', saleid, total: 9, discount: 1, payable: 8, effects: [], prompts: [], decidedBy: 'box' },
    { op: 'result', saleid, status: 'provisional', balances: [], prompts: [], effects: [] },
    { op: 'totals', businessdate: '2026-11-22', sales: 1, total: 1, discount: 0, reversed: 0, redeemed: 0, returned: 0 },
    { op: 'day-closed', closeid: saleid, businessdate: '2026-11-22', totals: { sales: 1, total: 1, discount: 0, reversed: 0 } },
    { op: 'pong' },
  ),
)

/** Plays a conversation to its end; what is asked of the lane must be a request of the lane's protocol. */
function play(talk: Conversation, heard: readonly TillResponse[], asked: TillRequest[] = []): Answer {
  let step = talk.next()
  for (let n = 0; !step.done; n += 1) {
    if (step.value) {
      asked.push(step.value)
      const parsed = compiledTillRequest.safeParse(step.value)
      if (!parsed.success) throw new Error(`no request: ${JSON.stringify(parsed.error.issues[0])}`)
    }
    const response = heard[n % heard.length]
    if (!response || n > 20) throw new Error('it never ends')
    step = talk.next(response)
  }
  return step.value
}

describe('what a terminal asks of its lane', () => {
  test('whatever the message holds and the lane says, it ends in an answer of the profile', () => {
    fc.assert(
      fc.property(anyRequest, fc.array(anyResponse, { minLength: 1, maxLength: 4 }), (message, heard) => {
        const name = exchangeOf(message)
        if (!name) return
        try {
          const talk = conversationOf(name, message, place())
          if (!talk) return
          const answer = play(talk, heard)
          expect(Object.keys(responseCodes)).toContain(answer[39])
          const fields = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== undefined))
          encodeMessage({ mti: '0210', fields }, { dialect: 'hex' })
        } catch (error) {
          if (!(error instanceof Refused)) throw error
        }
      }),
      { numRuns: 10_000 },
    )
  }, 30_000)

  test('00 is never said before the lane has said that it is on disk', () => {
    const sale: IsoMessage = { mti: '0200', fields: { ...frame, 3: '000000', 4: '000000450000' } }
    fc.assert(
      fc.property(anyResponse, (heard) => {
        const talk = conversationOf('sale', sale, place())
        if (!talk) throw new Error('no conversation')
        const answer = play(talk, [heard])
        const onDisk = heard.op === 'completed' || heard.op === 'reversed'
        expect(answer[39] === '00').toBe(onDisk)
      }),
    )
  })

  test('an answer that is late says 68, but for what is on disk', () => {
    const sale: IsoMessage = { mti: '0200', fields: { ...frame, 3: '000000', 4: '000000450000' } }
    const late: TillResponse = { op: 'error', error: describeError('request.expired') }
    const talk = () => conversationOf('sale', sale, place()) as Conversation
    expect(play(talk(), [late])[39]).toBe('68')
    expect(play(talk(), [{ op: 'completed', saleid }, late])[39]).toBe('00')
  })
})

describe('times without a year', () => {
  test('are the nearest: over New Year too, and on the 29th of February', () => {
    const at = (text: string, now: string) => new Date(instantOf(text, Date.parse(now)) ?? 0).toISOString()
    expect(at('1231235959', '2027-01-01T00:00:10Z')).toBe('2026-12-31T23:59:59.000Z')
    expect(at('0101000001', '2026-12-31T23:59:00Z')).toBe('2027-01-01T00:00:01.000Z')
    expect(at('0229120000', '2028-03-01T00:00:00Z')).toBe('2028-02-29T12:00:00.000Z')
    expect(instantOf('1332000000', 0)).toBeUndefined()
    expect(instantOf('112225', 0)).toBeUndefined()
  })
})
