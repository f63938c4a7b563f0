import { normaliseReference, referenceOf } from '#protocol/reference.ts'
import type { Reply } from '#protocol/reply.ts'
import type { TraceStep } from '#protocol/trace.ts'
import { openGatewayDatabaseToRead } from './database.ts'
import { undated } from './outbox-table.ts'
import { placeOf } from './sealing/sealed-tables.ts'

interface Row {
  sequence: number
  id: string
  type: string
  lane: string
  saleid: string | null
  at: number
  settledat: number | null
  reply: Buffer | null
  handed: string | null
}
type TracedFact = Omit<Row, 'reply'> & { reply: string | null }

/**
 * What a box's database knows of an event: by its id, its sale's id, or the code on its receipt. The database is only
 * read, also while the gateway runs. `keyFile`: where its key is.
 */
export function traceBox({ path, keyFile }: { path: string; keyFile: string }, wanted: string): TraceStep[] {
  const { database, seal } = openGatewayDatabaseToRead(path, { keyFile })
  try {
    const columns = 'sequence, id, type, lane, saleid, at, settledat, reply, handed'
    const reference = normaliseReference(wanted)
    const saleids =
      reference === undefined
        ? [wanted]
        : database
            .prepare<[], string>('SELECT DISTINCT saleid FROM outbox WHERE saleid IS NOT NULL')
            .pluck()
            .all()
            .filter((saleid) => referenceOf(saleid) === reference)
    const opened = ({ reply, ...row }: Row): TracedFact => ({
      ...row,
      reply: reply && seal.open(placeOf('outbox', 'reply', row.sequence), reply).toString('utf8'),
    })
    const find = database.prepare<[string, string], Row>(
      `SELECT ${columns} FROM outbox WHERE id = ? OR saleid = ? ORDER BY sequence`,
    )
    return saleids
      .flatMap((saleid) => find.all(wanted, saleid))
      .map(opened)
      .flatMap(stepsOf)
  } finally {
    database.close()
  }
}

function stepsOf({ sequence, id, type, lane, saleid, at, settledat, reply, handed }: TracedFact): TraceStep[] {
  const instant = (ms: number) => new Date(ms).toISOString()
  const steps: TraceStep[] = [
    {
      where: 'box',
      at: instant(at),
      what: { fa: 'روی دیسک جعبه ثبت شد', en: 'committed to the box’s disk' },
      details: { event: id, type, lane, sequence, ...(saleid === null ? {} : { sale: saleid }) },
    },
  ]
  if (settledat !== null) {
    const { status, revision, error } = reply === null ? ({} as Partial<Reply>) : (JSON.parse(reply) as Reply)
    steps.push({
      where: 'box',
      at: instant(settledat === undated ? at : settledat),
      what: { fa: 'پاسخ باشگاه رسید', en: 'the club’s reply came' },
      details: {
        event: id,
        ...(status === undefined ? {} : { status }),
        ...(revision === undefined ? {} : { revision }),
        ...(error ? { error: error.key } : {}),
        ...(handed === null ? {} : { receipt: handed }),
      },
    })
  }
  return steps
}
