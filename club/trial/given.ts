import { rowsOf } from '../audit/pages.ts'
import type { Reader } from '../store/questions.ts'

/** Amounts by unit (`credit`, `discount`, `points:club` …), and within it by rule or by member. */
export type Given = ReadonlyMap<string, ReadonlyMap<string, number>>

/** What was given, by rule and by member's number. */
export interface Outcome {
  byRule: Given
  byMember: Given
}

interface Row {
  debit: string
  credit: string
  amount: number
  unit: string
  kind: string
  ruleid: string
  at: string
  buyer: string | null
}

const gifts: ReadonlySet<string> = new Set([
  'credit-granted',
  'points-granted',
  'stamps-granted',
  'discount-given',
  'offline-difference',
])

/**
 * What was given of an interval, less what was taken back of it in the interval: credit and points by the members'
 * accounts, discounts by the sales that they were given in.
 */
export async function givenIn(reader: Reader, { from, to }: { from: string; to: string }): Promise<Outcome> {
  const members = await reader.query<{ memberid: string; number: string }>('SELECT memberid, number FROM members')
  const numbers = new Map(members.map(({ memberid, number }) => [memberid, number]))
  const byRule = new Map<string, Map<string, number>>()
  const byMember = new Map<string, Map<string, number>>()
  for await (const { debit, credit, amount, unit, kind, ruleid, at, buyer } of rowsOf<Row>(reader, {
    columns: 't.debit, t.credit, t.amount, t.unit, t.kind, t.ruleid, t.at, s.memberid AS buyer',
    from: 'transfers t LEFT JOIN sales s ON s.saleid = t.subject',
    key: 't.seq',
    first: -1,
  })) {
    if (!gifts.has(kind) || at < from || at >= to) continue
    const discount = kind === 'discount-given' || kind === 'offline-difference'
    const what = discount ? 'discount' : kind === 'credit-granted' ? 'credit' : unit
    const taken = discount ? credit.startsWith('house:') : debit.startsWith('member:')
    const signed = taken ? -Number(amount) : Number(amount)
    add(byRule, what, ruleid, signed)
    const whose = discount ? buyer : (memberOf(credit) ?? memberOf(debit))
    const number = whose == null ? undefined : numbers.get(whose)
    if (number !== undefined) add(byMember, what, number, signed)
  }
  return { byRule, byMember }
}

const memberOf = (account: string): string | undefined => /^member:([^:]+):/.exec(account)?.[1]

function add(given: Map<string, Map<string, number>>, unit: string, key: string, amount: number): void {
  const of = given.get(unit) ?? new Map<string, number>()
  given.set(unit, of)
  of.set(key, (of.get(key) ?? 0) + amount)
}
