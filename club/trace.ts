import { normaliseReference } from '#protocol/reference.ts'
import type { TraceStep } from '#protocol/trace.ts'
import { postingsMax } from './books/desk.ts'
import type { Reader } from './store/questions.ts'

interface EventRow {
  seq: number
  id: string
  store: string
  type: string
  effectiveat: string
  receivedat: string
  status: string
}

/**
 * What the books know of an event: by its id, its sale's id, or the code on its receipt; with every transfer that it
 * posted, what was said of it later, and whether it waits in quarantine.
 */
export async function traceClub(reader: Reader, wanted: string): Promise<TraceStep[]> {
  const reference = normaliseReference(wanted)
  const sales = await reader.query<{ saleid: string; events: string }>(
    reference === undefined
      ? 'SELECT saleid, events FROM sales WHERE saleid = $1 OR eventid = $1'
      : 'SELECT saleid, events FROM sales WHERE saleid IN (SELECT saleid FROM receipt_codes WHERE reference = $1)',
    [reference ?? wanted],
  )
  const numbers = new Set(sales.flatMap(({ events }) => JSON.parse(events) as number[]))
  const events = await reader.query<EventRow>(
    `SELECT seq, id, store, type, effectiveat, receivedat, status FROM journal
     WHERE id = $1${numbers.size === 0 ? '' : ` OR seq IN (${[...numbers].join(', ')})`} ORDER BY seq`,
    [wanted],
  )
  const steps: TraceStep[] = []
  for (const { seq, id, store, type, effectiveat, receivedat, status } of events) {
    const details = { event: id, type, store, journal: seq, status, effective: effectiveat }
    steps.push({ where: 'club', at: receivedat, what: { fa: 'در دفتر باشگاه ثبت شد', en: 'booked by the club' }, details })
    const transfers = await reader.query<{
      debit: string
      credit: string
      amount: number
      unit: string
      kind: string
      ruleid: string
    }>('SELECT debit, credit, amount, unit, kind, ruleid FROM transfers WHERE seq BETWEEN $1 AND $2 ORDER BY seq', [
      seq * postingsMax,
      (seq + 1) * postingsMax - 1,
    ])
    for (const { debit, credit, amount, unit, kind, ruleid } of transfers)
      steps.push({
        where: 'club',
        at: receivedat,
        what: { fa: 'انتقال در دفتر', en: 'a transfer was posted' },
        details: { kind, amount: Number(amount), unit, from: debit, to: credit, rule: ruleid },
      })
    for (const { revision, at } of await reader.query<{ revision: number; at: string }>(
      'SELECT revision, at FROM revisions WHERE id = $1',
      [id],
    ))
      steps.push({
        where: 'club',
        at,
        what: { fa: 'پاسخ تازه‌ای جای پاسخ پیشین را گرفت', en: 'a newer reply took the place of the one before' },
        details: { event: id, revision: Number(revision) },
      })
  }
  const aside = await reader.query<{ store: string; key: string; reason: string; receivedat: string }>(
    'SELECT store, key, reason, receivedat FROM quarantine WHERE id = $1',
    [wanted],
  )
  for (const { store, key, reason, receivedat } of aside)
    steps.push({
      where: 'club',
      at: receivedat,
      what: { fa: 'به قرنطینه رفت', en: 'set aside' },
      details: { store, key, reason },
    })
  return steps
}
