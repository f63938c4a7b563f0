import { restOf } from '../booking/return.ts'
import type { Changes } from '../books/desk.ts'
import type { Member } from '../books/member-records.ts'
import type { Records } from '../books/records.ts'
import type { Sale } from '../books/sale-records.ts'
import type { Engine } from '../store/engine.ts'
import { entryIncrements, type JournalRow, placeOf, type Surroundings } from './counted.ts'
import { difference, type Increment, type Measure, measureKey } from './increments.ts'
import { type Insight, insightOf, memberIncrements, nobodyYet, withSale } from './member-insight.ts'
import { type BirthdaysOf, createSurroundings } from './surroundings.ts'
import { addEntries, uncounted } from './tally.ts'

/** The name under which the journal's place is kept. */
export const measuredTo = 'measures'

const journalColumns = 'seq, id, store, type, effectiveat, body, reply, memberid'

/** Of these, only whose member is new matters. */
const withoutPurchase: ReadonlySet<string> = new Set([
  'vafa.member.enrolled.v1',
  'vafa.member.updated.v1',
  'vafa.receipt.printed.v1',
  'vafa.decision.advised.v1',
  'vafa.card.linked.v1',
  'vafa.card.blocked.v1',
  'vafa.card.replaced.v1',
  'vafa.day.closed.v1',
  'vafa.offer.reacted.v1',
  'vafa.survey.answered.v1',
  'vafa.redemption.reserved.v1',
  'vafa.redemption.captured.v1',
  'vafa.redemption.voided.v1',
  'vafa.hold.lapsed.v1',
  'vafa.lots.expired.v1',
  'vafa.club.household-joined.v1',
  'vafa.club.household-left.v1',
])

/** A member's sales, along the chain from the last one. */
const chainOfMember = `WITH RECURSIVE chain (saleid) AS (
    SELECT lastsale FROM members WHERE memberid = $1 AND lastsale IS NOT NULL
    UNION ALL SELECT s.previoussale FROM chain c JOIN sales s ON s.saleid = c.saleid WHERE s.previoussale IS NOT NULL)
  SELECT saleid FROM chain`

/**
 * Keeps measures and members' insight in step with the journal: reads what was journalled since, adds it, and writes it
 * together with the place that it has come to, in one transaction. So a crash loses nothing and counts nothing twice.
 *
 * While it steps, nothing else may change the database, and everything must be in its tables.
 */
export function createProjector(parts: { engine: Engine; birthdaysOf: BirthdaysOf }) {
  const { engine } = parts
  let place: number | undefined

  async function placeNow(): Promise<number> {
    place ??= (await engine.load('projection', [measuredTo])).get(measuredTo)?.seq ?? 0
    return place
  }

  /** `end`: the last place of the journal, to which the books' records stand. */
  async function count(entries: readonly JournalRow[], end: number): Promise<Changes> {
    const around = await createSurroundings({ ...parts, entries })
    const memberids = [...new Set([...around.members.values()].map(({ memberid }) => memberid))]
    const known = new Map(await engine.load('insight', memberids))
    const changed = new Map<string, Insight | undefined>()
    const insightNow = (memberid: string) => (changed.has(memberid) ? changed.get(memberid) : known.get(memberid))
    const counted: { entry: JournalRow; increments: Increment[] }[] = []

    async function restate(member: Member, entry: JournalRow, { sale, returned }: Surroundings): Promise<Increment[]> {
      const before = insightNow(member.memberid)
      if (before && (before.upto >= entry.seq || withoutPurchase.has(entry.type))) return []
      const next = afterNextSale(before, entry, returned ? undefined : sale) ?? beforeAnySale(before, entry, member)
      const after = next ?? (await fromBooks(member, end))
      const others = next ? [] : await dropOthers(member)
      changed.set(member.memberid, after)
      return difference([...(before ? [before] : []), ...others].flatMap(memberIncrements), memberIncrements(after))
    }

    /** Those who turned out to be this member are nobody of their own any more. */
    async function dropOthers({ memberid }: Member): Promise<Insight[]> {
      const ids = (await engine.load('dossier', [memberid])).get(memberid)?.merged ?? []
      for (const [id, insight] of await engine.load('insight', ids)) if (!known.has(id)) known.set(id, insight)
      const others = ids.map(insightNow).filter((one) => one !== undefined)
      for (const one of others) changed.set(one.memberid, undefined)
      return others
    }

    for (const entry of entries) {
      const given = await around.of(entry)
      const member = around.members.get(given.sale?.memberid ?? entry.memberid ?? '')
      const ofMember = member ? await restate(member, entry, given) : []
      counted.push({ entry, increments: [...orUncounted(entry, () => entryIncrements(entry, given)), ...ofMember] })
    }
    const keys = new Set(counted.flatMap(({ increments }) => increments.map(measureKey)))
    const measures = addEntries(await engine.load('measure', [...keys]), counted)
    return changesOf(measures, changed, entries.at(-1)?.seq ?? end)
  }

  async function fromBooks(member: Member, end: number): Promise<Insight> {
    const chain = await engine.query<{ saleid: string }>(chainOfMember, [member.memberid])
    const sales = await engine.load(
      'sale',
      chain.map(({ saleid }) => saleid),
    )
    const returned = await engine.load('returned', [...sales.keys()])
    const standing = [...sales.values()]
      .filter(({ reversedBy }) => reversedBy === undefined)
      .map((sale) => restOf(sale, returned.get(sale.saleid)?.value ?? 0))
    return { ...insightOf(member, standing), upto: end }
  }

  return {
    /** How far in the journal it has come. */
    place: placeNow,
    /**
     * Counts up to `most` entries of the journal; resolves with how many it counted. Rejects, with nothing changed, where
     * the database fails.
     */
    async step(most: number): Promise<number> {
      const from = await placeNow()
      const entries = await engine.query<JournalRow>(
        // SQLite would compile it anew each time if its limit were a parameter.
        `SELECT ${journalColumns} FROM journal WHERE seq > $1 ORDER BY seq LIMIT ${Math.trunc(most)}`,
        [from],
      )
      const upto = entries.at(-1)?.seq
      if (upto === undefined) return 0
      const [last] = await engine.query<{ seq: number }>('SELECT MAX(seq) AS seq FROM journal')
      place = undefined
      await engine.commit(await count(entries, last?.seq ?? upto), { lasting: 'soon' })
      place = upto
      return entries.length
    },
  }
}
export type Projector = ReturnType<typeof createProjector>

/** Nearly always: a sale later than all that are known, which nothing has touched since. */
function afterNextSale(before: Insight | undefined, entry: JournalRow, sale: Sale | undefined): Insight | undefined {
  if (!before || !sale || placeOf(sale) !== entry.seq || sale.events.length > 1 || sale.reversedBy !== undefined) return undefined
  return (before.lastAt ?? '') < sale.at ? { ...withSale(before, sale), upto: entry.seq } : undefined
}

/** Somebody who has signed up. */
function beforeAnySale(before: Insight | undefined, { type, seq }: JournalRow, member: Member): Insight | undefined {
  if (before || !withoutPurchase.has(type) || member.lastSale !== undefined) return undefined
  return { ...nobodyYet(member), upto: seq }
}

/** One entry that cannot be counted stops none of the others; reports say that it is missing. */
function orUncounted(entry: JournalRow, count: () => Increment[]): Increment[] {
  try {
    return count()
  } catch {
    return [uncounted(entry)]
  }
}

const changesOf = (
  measures: ReadonlyMap<string, Measure | undefined>,
  insights: ReadonlyMap<string, Insight | undefined>,
  seq: number,
): Changes => ({
  records: new Map<keyof Records, ReadonlyMap<string, Records[keyof Records] | undefined>>([
    ['measure', measures],
    ['insight', insights],
    ['projection', new Map([[measuredTo, { projection: measuredTo, seq }]])],
  ]),
  transfers: [],
  totals: new Map(),
  asides: [],
})
