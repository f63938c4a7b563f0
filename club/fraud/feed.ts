import type { Reader } from '../store/questions.ts'
import { type Happening, happeningTypes } from './velocity.ts'

export interface FedHappening extends Happening {
  seq: number
}

export interface Fed {
  happenings: FedHappening[]
  /** The place up to which the journal was read. */
  upto: number
}

interface Row {
  seq: number
  id: string
  type: string
  store: string
  effectiveat: string
  memberid: string | null
  body: string
}

/** What has happened behind a place of the journal, in its order; reads `most` places at once. */
export async function happenedAfter({ query }: Reader, { after, most }: { after: number; most: number }): Promise<Fed> {
  const [end] = await query<{ upto: number | null }>('SELECT MAX(seq) AS upto FROM journal')
  const upto = Math.min(Number(end?.upto ?? after), after + most)
  const types = happeningTypes.map((type) => `'${type}'`).join(', ')
  const rows = await query<Row>(
    `SELECT seq, id, type, store, effectiveat, memberid, body FROM journal
      WHERE seq > $1 AND seq <= $2 AND type IN (${types}) ORDER BY seq`,
    [after, upto],
  )
  const happenings = rows.map(({ seq, id, type, store, effectiveat, memberid, body }) => ({
    ...{ seq: Number(seq), id, type, store, at: Date.parse(effectiveat), body: JSON.parse(body) as unknown },
    ...(memberid === null ? {} : { memberid }),
  }))
  return { happenings, upto: Math.max(upto, after) }
}

/** Where the journal stood so long before its last event was received: found by halving, since it is in that order. */
export async function placeBefore({ query }: Reader, { backMs }: { backMs: number }): Promise<number> {
  const [last] = await query<{ seq: number; receivedat: string }>('SELECT seq, receivedat FROM journal ORDER BY seq DESC LIMIT 1')
  if (!last) return 0
  const since = new Date(Date.parse(last.receivedat) - backMs).toISOString()
  let [low, high] = [0, Number(last.seq)]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [row] = await query<{ receivedat: string }>('SELECT receivedat FROM journal WHERE seq > $1 ORDER BY seq LIMIT 1', [
      middle,
    ])
    if (row && row.receivedat < since) low = middle + 1
    else high = middle
  }
  return low
}
