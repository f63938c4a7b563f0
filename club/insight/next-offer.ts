import type { Reader } from '../store/questions.ts'
import { pairKey, type Taste } from './member-insight.ts'

/** A category that a member has never bought, and why it is worth offering. */
export interface NextOffer {
  category: string
  /** The category of the member's own that speaks for it, and how many of those who buy it buy the other too. */
  because: string
  /** Basis points. */
  share: number
}

/** A pair that fewer members than this have bought says nothing. */
const leastMembers = 3

/**
 * What members with the same favourites buy and this one never did: of the three categories bought most, the one whose
 * buyers most often buy another one too.
 */
export async function nextOffer(reader: Reader, favourites: readonly Taste[]): Promise<NextOffer | undefined> {
  const rows = await reader.query<{ key: string; flow: string; count: number }>(
    "SELECT key, flow, count FROM measures WHERE dimension = 'affinity' AND day = ''",
  )
  const counts = new Map(rows.map(({ key, flow, count }) => [`${flow} ${key}`, Number(count)]))
  const own = new Set(favourites.map(({ category }) => category))
  const others = rows
    .filter(({ key, flow }) => flow === 'one' && !own.has(key))
    .map(({ key }) => key)
    .sort()
  let best: NextOffer | undefined
  for (const { category: because } of favourites.slice(0, 3)) {
    const buyers = counts.get(`one ${because}`) ?? 0
    for (const category of others) {
      const both = counts.get(`two ${pairKey(because, category)}`) ?? 0
      const share = buyers === 0 ? 0 : Math.round((both * 10_000) / buyers)
      if (both >= leastMembers && share > (best?.share ?? 0)) best = { category, because, share }
    }
  }
  return best
}
