import type { Kind } from '../books/records.ts'
import { columnsOf, type Table } from '../books/table.ts'
import { kinds, tables } from '../books/tables.ts'
import type { Reader } from '../store/questions.ts'
import type { Finding } from './finding.ts'
import { rowsOf } from './pages.ts'

type Stored = Exclude<Kind, 'postings'>

/** Kinds that do not follow from the journal, and why. */
const leftOut: { readonly [K in Stored]?: string } = {
  entry: 'is the journal itself',
  programme: 'is what the journal refers to',
  shop: 'is what the journal refers to',
  quote: 'is no event',
  proof: 'is no event, and is not journalled',
  aside: 'was not booked',
  training: 'was not booked',
  sequence: 'also counts what was not booked',
  unsent: 'is no event',
  measure: 'follows behind the books',
  insight: 'follows behind the books',
  projection: 'follows behind the books',
  regular: 'follows behind the books',
  outlet: 'follows behind the books',
  agenda: 'is passed over where nothing is due',
  profile: 'is locked, and may be forgotten',
  mobile: 'is locked, and may be forgotten',
}

/** Fields that are locked, or tell of what is. */
const locked: { readonly [K in Stored]?: readonly string[] } = {
  surveyAnswer: ['locked'],
  dossier: ['mobiles'],
  member: ['birthdayAt', 'due'],
}

const transfers = {
  name: 'transfers',
  key: 'seq',
  first: -1,
  columns: [
    'debit',
    'credit',
    'amount',
    'unit',
    'kind',
    'ruleid',
    'event',
    'subject',
    'at',
    'compensates',
    'chain',
    'issuedby',
  ].concat(['activeat', 'expiresat']),
}

/** Compares what stands in the books with what the journal makes of empty ones; both databases are read only. */
export async function compareBooks(books: Reader, fresh: Reader): Promise<Finding | undefined> {
  const compared = kinds
    .filter((kind) => !(kind in leftOut))
    .map((kind) => {
      const table = tables[kind] as unknown as Table<Record<string, unknown>>
      const fields = columnsOf(table).filter(({ field }) => !locked[kind]?.includes(field))
      const columns = fields.map(({ column }) => column)
      return { name: table.name, key: table.key.toLowerCase(), first: '', columns }
    })
  for (const table of [transfers, ...compared]) {
    const finding = await compareTable(books, fresh, table)
    if (finding) return finding
  }
  return compareTotals(books, fresh)
}

type Row = Record<string, unknown> & { pagekey: string | number }

interface ComparedTable {
  name: string
  key: string
  first: string | number
  columns: readonly string[]
}

async function compareTable(books: Reader, fresh: Reader, { name, key, first, columns }: ComparedTable) {
  const paged = { columns: columns.join(', '), from: name, key, first }
  const fault = (at: unknown, what: string): Finding => ({ check: 'tables', row: `${name} ${at}`, what })
  const others = new Map<string, Row>()
  // Side by side, whatever order each database puts its texts into: what has no partner yet waits.
  const left = rowsOf<Row>(books, paged)
  const right = rowsOf<Row>(fresh, paged)
  const waiting = new Map<string, Row>()
  for (;;) {
    const [was, is] = [await left.next(), await right.next()]
    if (!was.done) waiting.set(String(was.value.pagekey), was.value)
    if (!is.done) others.set(String(is.value.pagekey), is.value)
    for (const at of [was.value?.pagekey, is.value?.pagekey]) {
      const [one, other] = [waiting.get(String(at)), others.get(String(at))]
      if (!one || !other) continue
      waiting.delete(String(at))
      others.delete(String(at))
      for (const column of columns) {
        const [a, b] = [one[column] ?? null, other[column] ?? null]
        if (String(a) !== String(b)) return fault(at, `${column} is ${shown(a)}, and the journal makes it ${shown(b)}`)
      }
    }
    if (was.done && is.done) break
  }
  const [extra] = waiting.keys()
  if (extra !== undefined) return fault(extra, 'is there, and does not follow from the journal')
  const [lost] = others.keys()
  return lost === undefined ? undefined : fault(lost, 'is not there, and follows from the journal')
}

const shown = (value: unknown): string => (value === null ? 'nothing' : `“${String(value).slice(0, 120)}”`)

/** An account that nothing ever moved may be there or not. */
async function compareTotals(books: Reader, fresh: Reader): Promise<Finding | undefined> {
  const select = 'SELECT account, unit, balance FROM totals ORDER BY account'
  const totals = async (reader: Reader) =>
    new Map((await reader.query<{ account: string; unit: string; balance: number }>(select)).map((one) => [one.account, one]))
  const [were, are] = [await totals(books), await totals(fresh)]
  for (const account of new Set([...were.keys(), ...are.keys()])) {
    const [was, is] = [were.get(account), are.get(account)]
    const [before, after] = [Number(was?.balance ?? 0), Number(is?.balance ?? 0)]
    if (before !== after || (was && is && was.unit !== is.unit))
      return { check: 'tables', row: `totals ${account}`, what: `is ${before}, and the journal makes it ${after}` }
  }
  return undefined
}
