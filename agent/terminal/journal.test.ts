import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerType, isRepeat } from '#protocol/iso8583/exchanges.ts'
import type { IsoMessage } from '#protocol/iso8583/message.ts'
import { dueOf, type Journal, journalAfter } from './journal.ts'
import { adviceOf, beginTransaction, returnOf, saleOf } from './requests.ts'

const transaction = (trace: number) =>
  beginTransaction({ terminal: 'T1', batch: '1', trace, now: Date.UTC(2026, 10, 22, 8) + trace * 1_000, offsetMinutes: 210 })
const sale = (trace: number) => saleOf(transaction(trace), { total: 450_000, paid: 450_000 })
const bringBack = (trace: number) => returnOf(transaction(trace), { reference: '7K3M9-QXZ2A', amount: 1_000 })
const advice = (trace: number) => adviceOf(transaction(trace), { total: 450_000, paid: 450_000 })
const answer = (message: IsoMessage, code = '00'): IsoMessage => ({
  mti: answerType(message.mti),
  fields: { 11: message.fields[11] ?? '', 39: code },
})
const states = (journal: Journal) => journal.map(({ state }) => state)

describe('a terminal’s journal', () => {
  test('has a sale before it leaves, and is done with it when 00 comes', () => {
    const sent = journalAfter([], { kind: 'send', message: sale(1) })
    expect(dueOf(sent)).toEqual(sale(1))
    const done = journalAfter(sent, { kind: 'answer', message: answer(sale(1)) })
    expect([states(done), dueOf(done)]).toEqual([['done'], undefined])
  })

  test('undoes a sale that nobody answered, again and again until 00 comes', () => {
    let journal = journalAfter([], { kind: 'send', message: sale(1) })
    journal = journalAfter(journal, { kind: 'silence', trace: '000001' })
    expect(dueOf(journal)).toMatchObject({ mti: '0420', fields: { 11: '000001', 90: expect.stringMatching(/^0200000001/) } })
    journal = journalAfter(journal, { kind: 'silence', trace: '000001' })
    expect(dueOf(journal)?.mti).toBe('0421')
    journal = journalAfter(journal, { kind: 'answer', message: { mti: '0430', fields: { 11: '000001', 39: '00' } } })
    expect([states(journal), dueOf(journal)]).toEqual([['undone'], undefined])
  })

  test('repeats what cannot be undone: advice and return', () => {
    for (const message of [advice(1), bringBack(1)]) {
      let journal = journalAfter([], { kind: 'send', message })
      journal = journalAfter(journal, { kind: 'silence', trace: '000001' })
      const repeat = dueOf(journal)
      expect(repeat?.fields).toEqual(message.fields)
      expect(repeat && isRepeat(repeat)).toBe(true)
    }
  })

  test('after a power cut what was on its way is due, and nothing of it looks like a first time', () => {
    let journal = journalAfter([], { kind: 'send', message: advice(1) })
    journal = journalAfter(journal, { kind: 'restart' })
    expect(dueOf(journal)?.mti).toBe('0221')
    journal = journalAfter(journalAfter([], { kind: 'send', message: sale(2) }), { kind: 'restart' })
    expect(dueOf(journal)?.mti).toBe('0421')
  })

  test('a late 00 does not revive a sale that is being undone', () => {
    let journal = journalAfter([], { kind: 'send', message: sale(1) })
    journal = journalAfter(journal, { kind: 'silence', trace: '000001' })
    expect(states(journalAfter(journal, { kind: 'answer', message: answer(sale(1)) }))).toEqual(['undoing'])
  })

  test('whatever is lost on the way, in the end both ends agree on every sale', () => {
    const step = fc.record({
      kind: fc.constantFrom('sale' as const, 'advice' as const, 'return' as const, 'undo' as const, 'restart' as const),
      /** What becomes of each message that is due: it gets there or not, its answer comes back or not, or comes as a fault. */
      fates: fc.array(fc.constantFrom('lost' as const, 'answer lost' as const, 'through' as const, 'fault' as const), {
        maxLength: 5,
      }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const booked = new Map<string, number>()
        const undone = new Set<string>()
        /** A box that books each number once, and knows tombstones. */
        const take = (message: IsoMessage): IsoMessage => {
          const trace = message.fields[11] ?? ''
          if (message.mti.startsWith('04')) undone.add(trace)
          else if (undone.has(trace) && !booked.has(trace)) return answer(message, '25')
          else if (!booked.has(trace)) booked.set(trace, 1)
          return answer(message)
        }
        let journal: Journal = []
        const pass = (fate: 'lost' | 'answer lost' | 'through' | 'fault') => {
          const due = dueOf(journal)
          if (!due) return
          const heard = fate === 'lost' ? undefined : fate === 'fault' ? answer(due, '96') : take(due)
          journal =
            heard && fate !== 'answer lost'
              ? journalAfter(journal, { kind: 'answer', message: heard })
              : journalAfter(journal, { kind: 'silence', trace: due.fields[11] ?? '' })
        }
        for (const [n, { kind, fates }] of steps.entries()) {
          if (kind === 'restart') journal = journalAfter(journal, { kind })
          else if (kind === 'undo') journal = journalAfter(journal, { kind, trace: String(n).padStart(6, '0') })
          else journal = journalAfter(journal, { kind: 'send', message: { sale, advice, return: bringBack }[kind](n + 1) })
          for (const fate of fates) pass(fate)
        }
        for (let n = 0; dueOf(journal); n += 1) {
          if (n > 100) throw new Error('it never ends')
          pass('through')
        }
        for (const { trace, state } of journal) {
          const stands = booked.has(trace) && !undone.has(trace)
          expect([trace, state, stands]).toEqual([trace, state, state === 'done'])
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
