import { dayOf } from '../insight/civil-day.ts'
import { everybody } from '../insight/everybody.ts'
import { rfmSegmentNames, rfmSegments } from '../insight/rfm.ts'
import { belongs, type Profiled } from '../insight/segments.ts'
import { column, columns } from './columns.ts'
import type { Asked, Named, Report, Row } from './report.ts'
import { meanOf, shareOf } from './sums.ts'

/** Members of a store are those who come there most. */
async function members(asked: Asked): Promise<Profiled[]> {
  const all = await everybody(asked.reader, asked)
  return asked.store === undefined ? all : all.filter(({ scores }) => scores.store === asked.store)
}

/** How many members each segment has, and what they brought; a chain's own segments may overlap. */
export async function segments(asked: Asked): Promise<Pick<Report, 'columns' | 'rows'>> {
  const all = await members(asked)
  const spendOf = (some: readonly Profiled[]) => some.reduce((sum, { insight }) => sum + insight.spend, 0)
  const rowOf = (segment: Named, some: readonly Profiled[]): Row => ({
    segment,
    members: some.length,
    share: shareOf(some.length, all.length),
    spend: spendOf(some),
    spend_share: shareOf(spendOf(some), spendOf(all)),
    visits: some.reduce((sum, { insight }) => sum + insight.visits, 0),
    lifetime: meanOf(
      some.reduce((sum, { scores }) => sum + scores.lifetime, 0),
      some.length,
    ),
  })
  const byRfm = rfmSegmentNames.map((key) =>
    rowOf(
      { key, text: rfmSegments[key] },
      all.filter(({ rfm }) => rfm === key),
    ),
  )
  const own = asked.segments.segments.map(({ id, name, when }) =>
    rowOf(
      { key: id, text: name ?? { fa: id, en: id } },
      all.filter((one) => belongs(when, one)),
    ),
  )
  return {
    columns: [
      column('segment', 'name'),
      ...[column('members', 'number'), column('share', 'share'), column('spend', 'money'), column('spend_share', 'share')],
      ...[column('visits', 'number'), column('lifetime', 'money')],
    ],
    rows: [...byRfm.filter(({ members: some }) => some !== 0), ...own],
  }
}

/** Those who spent most; by number, without names. */
export async function topMembers(asked: Asked): Promise<Pick<Report, 'columns' | 'rows'>> {
  const best = (await members(asked)).sort((a, b) => b.insight.spend - a.insight.spend).slice(0, asked.top)
  const rows = await asked.reader.query<{ memberid: string; number: string }>('SELECT memberid, number FROM members')
  const numbers = new Map(rows.map(({ memberid, number }) => [memberid, number]))
  return {
    columns: [
      column('member', 'text'),
      ...columns('number', 'visits', 'purchases'),
      ...columns('money', 'spend', 'basket'),
      column('last', 'day'),
      ...[column('interval', 'ratio'), column('risk', 'share'), column('lifetime', 'money'), column('segment', 'name')],
    ],
    rows: best.map(({ insight, scores, rfm }) => ({
      member: numbers.get(insight.memberid),
      visits: insight.visits,
      purchases: insight.purchases,
      spend: insight.spend,
      basket: scores.basket,
      last: insight.lastAt === undefined ? undefined : dayOf(insight.lastAt),
      interval: scores.interval === undefined ? undefined : scores.interval * 10,
      risk: scores.risk,
      lifetime: scores.lifetime,
      segment: { key: rfm, text: rfmSegments[rfm] },
    })),
  }
}
