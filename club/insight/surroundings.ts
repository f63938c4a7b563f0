import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { postingsMax } from '../books/desk.ts'
import type { Member } from '../books/member-records.ts'
import type { Engine } from '../store/engine.ts'
import { ageBand } from './ages.ts'
import type { JournalRow, Surroundings, TransferRow } from './counted.ts'

/** Birthdays (`1990-05-01`) of those of these members who gave theirs, and who may be counted by it. */
export type BirthdaysOf = (memberids: readonly string[]) => Promise<ReadonlyMap<string, string>>

const transferColumns = 'event, debit, credit, amount, kind, ruleid, at, compensates'

/**
 * What belongs to some journal entries that follow one another. It is read for all of them together, so that a database
 * on another machine is asked a few times and not once an entry; only what lies further back is asked for by itself.
 */
export async function createSurroundings(parts: { engine: Engine; entries: readonly JournalRow[]; birthdaysOf: BirthdaysOf }) {
  const { engine, entries } = parts
  const saleids = new Map(entries.map((entry) => [entry.id, saleidOf(entry)]))
  await namedByReference()
  const sales = await engine.load('sale', unique(saleids.values()))
  const returned = await engine.load('returned', [...sales.keys()])
  const salesMembers = [...sales.values()].map(({ memberid }) => memberid)
  const members = await loadMembers(unique([...entries.map(({ memberid }) => memberid ?? undefined), ...salesMembers]))
  const birthdays = await parts.birthdaysOf(unique(salesMembers))
  const known = new Map(entries.map((entry) => [entry.id, entry]))
  const transfers = await readTransfers(entries[0]?.seq ?? 0, entries.at(-1)?.seq ?? 0)

  /** A return may name its sale by its receipt's code: the reply's receipt has it. */
  async function namedByReference(): Promise<void> {
    const codes = new Map<string, string>()
    for (const { id, type, reply } of entries) {
      if (type !== 'vafa.sale.returned.v1' || saleids.get(id) !== undefined) continue
      const { receipt } = JSON.parse(reply) as Reply
      if (receipt) codes.set(id, receipt.reference)
    }
    const found = await engine.load('reference', unique(codes.values()))
    for (const [id, code] of codes) saleids.set(id, found.get(code)?.saleid)
  }

  /** Also by ids of those who turned out to be somebody else, for whom that other one is found. */
  async function loadMembers(memberids: readonly string[]): Promise<Map<string, Member>> {
    const found = new Map<string, Member>()
    let left = memberids.map((memberid) => ({ memberid, as: memberid }))
    while (left.length > 0) {
      const ids = unique(left.map((one) => one.as))
      const members = await engine.load('member', ids)
      const aliases = await engine.load(
        'alias',
        ids.filter((id) => !members.has(id)),
      )
      const next: typeof left = []
      for (const { memberid, as } of left) {
        const member = members.get(as)
        if (member && member.mergedInto === undefined) found.set(memberid, member)
        const other = member?.mergedInto ?? aliases.get(as)?.standsFor
        if (other !== undefined) next.push({ memberid, as: other })
      }
      left = next
    }
    return found
  }

  async function readTransfers(from: number, to: number): Promise<Map<number, TransferRow[]>> {
    const transfers = new Map<number, TransferRow[]>()
    const rows = await engine.query<TransferRow>(
      `SELECT ${transferColumns} FROM transfers WHERE seq BETWEEN $1 AND $2 ORDER BY seq`,
      [from * postingsMax, (to + 1) * postingsMax - 1],
    )
    for (const row of rows) {
      const event = transfers.get(row.event)
      if (event) event.push(row)
      else transfers.set(row.event, [row])
    }
    return transfers
  }

  async function entryOf(id: string): Promise<JournalRow | undefined> {
    const here = known.get(id)
    if (here) return here
    const entry = (await engine.load('entry', [id])).get(id)
    return entry && { ...entry, effectiveat: entry.effectiveAt, memberid: entry.memberid ?? null }
  }

  return {
    /** Members by the ids that entries and sales have for them. */
    members,
    async of(entry: JournalRow): Promise<Surroundings> {
      const saleid = saleids.get(entry.id)
      const sale = saleid === undefined ? undefined : sales.get(saleid)
      const completed = sale && (await entryOf(sale.eventid))
      const reversal = sale?.reversedBy === undefined ? undefined : await entryOf(sale.reversedBy)
      const birthday = completed?.memberid === null || sale?.memberid === undefined ? undefined : birthdays.get(sale.memberid)
      return {
        sale,
        completed,
        reversal,
        returned: sale && returned.get(sale.saleid),
        transfers: transfers.get(entry.seq) ?? [],
        ages: (at) => (birthday === undefined ? undefined : ageBand(birthday, at)),
      }
    },
  }
}

const unique = (values: Iterable<string | undefined>): string[] => [...new Set(values)].filter((one) => one !== undefined)

/** The sale that an entry is about. */
function saleidOf({ type, body }: JournalRow): string | undefined {
  if (!type.startsWith('vafa.sale.')) return undefined
  const { data } = JSON.parse(body) as Pick<Fact<'vafa.sale.reversed.v1'>, 'data'>
  return data.saleid
}
