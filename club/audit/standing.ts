import type { Message } from '#protocol/messages.ts'
import type { Gifts } from '../books/sale-records.ts'
import { auditBalances } from '../store/audit.ts'
import type { Reader } from '../store/questions.ts'
import type { Finding } from './finding.ts'
import { rowsOf } from './pages.ts'

/** Looks at what stands in the books beside the transfers and the journal: the first thing that is not as these say. */
export async function checkStanding(reader: Reader): Promise<Finding | undefined> {
  return (
    (await journalFault(reader)) ??
    (await balanceFault(reader)) ??
    (await saleFault(reader)) ??
    (await credentialFault(reader)) ??
    (await counterFault(reader))
  )
}

async function journalFault({ query }: Reader): Promise<Finding | undefined> {
  const [gap] = await query<{ seq: number }>(
    'SELECT seq FROM journal j WHERE seq > 1 AND NOT EXISTS (SELECT 1 FROM journal b WHERE b.seq = j.seq - 1) ORDER BY seq LIMIT 1',
  )
  if (gap) return { check: 'journal', row: `journal ${gap.seq}`, what: 'the event before it is not there' }
  const [first] = await query<{ seq: number | null }>('SELECT MIN(seq) AS seq FROM journal')
  if (first?.seq && Number(first.seq) !== 1)
    return { check: 'journal', row: `journal ${first.seq}`, what: 'the events before it are not there' }
  const [orphan] = await query<{ seq: number; event: number }>(
    'SELECT seq, event FROM transfers t WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.seq = t.event) ORDER BY seq LIMIT 1',
  )
  if (orphan) return { check: 'journal', row: `transfers ${orphan.seq}`, what: `its event ${orphan.event} is not in the journal` }
  return undefined
}

async function balanceFault(reader: Reader): Promise<Finding | undefined> {
  const [first] = await auditBalances(reader)
  if (!first) return undefined
  const { account, balance, derived } = first
  return { check: 'balances', row: `balance of ${account}`, what: `the books say ${balance}, and the transfers make ${derived}` }
}

interface SaleRow {
  saleid: string
  total: number
  payable: number
  type: string | null
  body: string | null
}

async function saleFault(reader: Reader): Promise<Finding | undefined> {
  const rows = rowsOf<SaleRow>(reader, {
    columns: 's.saleid, s.total, s.payable, j.type, j.body',
    from: 'sales s LEFT JOIN journal j ON j.id = s.eventid',
    key: 's.sale',
    first: -1,
  })
  for await (const { saleid, total, payable, type, body } of rows) {
    const fault = (what: string): Finding => ({ check: 'sales', row: `sales ${saleid}`, what })
    if (type === null || body === null) return fault('the event that completed it is not in the journal')
    const message = JSON.parse(body) as Message
    if (message.type !== 'vafa.sale.completed.v1' || message.data.saleid !== saleid)
      return fault(`its event is “${type}” and completed another sale`)
    if (message.data.total !== Number(total) || message.data.payable !== Number(payable))
      return fault(`it says ${total} and ${payable}, and the journal ${message.data.total} and ${message.data.payable}`)
  }
  return undefined
}

/** A credential is one row by its token, so it can have but one owner: that one must be there. */
async function credentialFault({ query }: Reader): Promise<Finding | undefined> {
  const [orphan] = await query<{ token: string; memberid: string }>(
    `SELECT token, memberid FROM credentials c WHERE memberid IS NOT NULL AND NOT EXISTS (SELECT 1 FROM members m WHERE m.memberid = c.memberid)
     AND NOT EXISTS (SELECT 1 FROM member_aliases a WHERE a.memberid = c.memberid) ORDER BY token LIMIT 1`,
  )
  if (!orphan) return undefined
  const { token, memberid } = orphan
  return { check: 'credentials', row: `credentials ${token}`, what: `its owner ${memberid} is no member` }
}

/** Where members were joined, what one had used of the limits counts for the other: only the journal tells how much. */
async function counterFault(reader: Reader): Promise<Finding | undefined> {
  const joined = await reader.query('SELECT 1 FROM members WHERE mergedinto IS NOT NULL LIMIT 1')
  if (joined.length > 0) return undefined
  const used = new Map<string, number>()
  for await (const { gifts } of rowsOf<{ gifts: string }>(reader, {
    columns: 'gifts',
    from: 'sales',
    key: 'sale',
    first: -1,
  }))
    for (const { counter, add } of (JSON.parse(gifts) as Gifts).counted) used.set(counter, (used.get(counter) ?? 0) + add)
  for await (const row of rowsOf<{ counter: string; used: number }>(reader, {
    columns: 'counter, used',
    from: 'counters',
    key: 'counter',
    first: '',
  })) {
    const should = used.get(row.counter) ?? 0
    used.delete(row.counter)
    if (Number(row.used) !== should)
      return {
        check: 'counters',
        row: `counters ${row.counter}`,
        what: `says ${row.used}, and the sales that stand make ${should}`,
      }
  }
  for (const [counter, should] of used)
    if (should !== 0)
      return { check: 'counters', row: `counters ${counter}`, what: `is not there, and the sales that stand make ${should}` }
  return undefined
}
