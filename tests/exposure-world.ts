import fc from 'fast-check'
import { coveredBy, hasEnded, type Lent } from '#club/booking/lending.ts'
import { type Ranges, withNumber } from '#club/booking/sequence-ranges.ts'
import {
  type Allowances,
  appliedVersions,
  exposureOf,
  giveBack,
  noAllowances,
  replaceShard,
  spend,
  type Taken,
  take,
} from '#gateway/regulars/allowances.ts'
import type { Allowance } from '#protocol/regulars.ts'

/** The rules that bound what the club can lose, each so that a test can break it. */
export const rules = {
  hasEnded,
  coveredBy,
  appliedVersions,
  replaceShard,
  take,
  /** What a box that has restarted still has. */
  afterRestart: (disk: Allowances): Allowances => disk,
  /** Whether a box gives out of what was lent to this installation. */
  isMine: (boxid: string, own: string): boolean => boxid === own,
  /** Whether a fact that comes is one that was booked before. */
  isRepeat: (booked: ReadonlySet<string>, fact: string): boolean => booked.has(fact),
}
export type Rules = typeof rules

const stores = 2
const members = ['a', 'b'] as const
const shard = 0
const lifeMs = 10

const store = fc.nat(stores - 1)
const member = fc.constantFrom('a' as const, 'a' as const, 'b' as const)
const sale = fc.constantFrom(0, 0, 1)
/** Mostly what came last; sometimes what came before that, once more. */
const nth = fc.constantFrom(0, 0, 0, 1, 2)
const lend = fc.record({
  do: fc.constant('lend' as const),
  ...{ store, member, credit: fc.constantFrom(4, 6), gifts: fc.constantFrom(0, 2) },
})
const takes = fc.record({
  do: fc.constant('take' as const),
  ...{ store, member, sale, credit: fc.constantFrom(0, 4, 6), gifts: fc.constantFrom(0, 2) },
})
const step = fc.oneof(
  lend,
  takes,
  fc.record({ do: fc.constant('hear' as const), store, nth }),
  fc.record({ do: fc.constant('pay' as const), store, sale, dies: fc.boolean() }),
  fc.record({ do: fc.constant('cancel' as const), store, sale }),
  fc.record({ do: fc.constant('restart' as const), store }),
  fc.record({ do: fc.constant('state' as const), store }),
  fc.record({ do: fc.constant('fact' as const), nth }),
  fc.record({ do: fc.constant('settle' as const), nth }),
  fc.record({ do: fc.constant('time' as const), ms: fc.constantFrom(1, 12) }),
  fc.record({ do: fc.constant('clock' as const), store }),
  fc.record({ do: fc.constant('replace' as const), store }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** By chance alone little would ever be given: stretches of what should happen stand between what should not. */
const stretch = fc.oneof(
  { weight: 4, arbitrary: step.map((one): Step[] => [one]) },
  { weight: 3, arbitrary: lend.map((one): Step[] => [one, { do: 'hear', store: one.store, nth: 0 }]) },
  {
    weight: 3,
    arbitrary: fc.tuple(takes, sale).map(([one, n]): Step[] => [one, { do: 'pay', store: one.store, sale: n, dies: false }]),
  },
  {
    weight: 2,
    arbitrary: store.map((at): Step[] => [
      { do: 'state', store: at },
      { do: 'settle', nth: 0 },
    ]),
  },
  // An allowance is renewed, and the box says so.
  {
    weight: 2,
    arbitrary: lend.map((one): Step[] => [
      one,
      { do: 'hear', store: one.store, nth: 0 },
      { do: 'state', store: one.store },
      { do: 'settle', nth: 0 },
    ]),
  },
  store.map((at): Step[] => [{ do: 'hear', store: at, nth: 1 }]),
  store.map((at): Step[] => [
    { do: 'replace', store: at },
    { do: 'hear', store: at, nth: 1 },
  ]),
)
export const steps = fc.array(stretch, { minLength: 5, maxLength: 25, size: 'max' }).map((stretches): Step[] => stretches.flat())

interface Box {
  boxid: string
  disk: Allowances
  /** Facts on its disk, by their number less one. */
  facts: { serial: number; sale: string; credit: number; gifts: number }[]
  /** Whether it knows the club's time. */
  certain: boolean
}

/**
 * Stores and a club that hear of each other late, twice, out of order or never. What happens at the tills is written
 * down outside of both: `given`.
 */
export function createExposureWorld(by: Rules) {
  let now = 0
  let serials = 0
  let version = 0
  let boxes = 0
  const newBox = (): Box => ({ boxid: `box-${++boxes}`, disk: noAllowances, facts: [], certain: true })
  const atStores: Box[] = Array.from({ length: stores }, newBox)
  /** Everything that was ever on a wire can come, and come again. */
  const downs: { store: number; boxid: string; version: number; grants: Record<string, Allowance> }[] = []
  const states: { boxid: string; applied: Record<string, number>; upto: number }[] = []
  const sent: { boxid: string; number: number; fact: Box['facts'][number] }[] = []
  const lent = new Map<number, Lent>()
  const gone = new Map<number, number>()
  const live = new Map<string, { serial: number; grant: Allowance }>()
  const received = new Map<string, Ranges>()
  const booked = new Set<string>()
  /** Beyond what was lent: what the club would have lost unforeseen. */
  let uncovered = 0
  let givenLate = 0

  const tell = (at: number) => {
    const box = atStores[at] as Box
    const grants = Object.fromEntries(
      members.flatMap((name) => {
        const one = live.get(`${box.boxid}/${name}`)
        return one ? [[name, one.grant]] : []
      }),
    )
    downs.push({ store: at, boxid: box.boxid, version, grants })
  }

  const act = (step: Step): void => {
    switch (step.do) {
      case 'lend': {
        const { boxid } = atStores[step.store] as Box
        version += 1
        const before = live.get(`${boxid}/${step.member}`)
        if (before) gone.set(before.serial, version)
        serials += 1
        const { credit, gifts } = step
        const until = new Date(now + lifeMs).toISOString()
        lent.set(serials, { boxid, shard, credit, gifts })
        live.set(`${boxid}/${step.member}`, { serial: serials, grant: { serial: serials, credit, gifts, until } })
        tell(step.store)
        return
      }
      case 'hear': {
        const box = atStores[step.store] as Box
        const down = downs.filter((one) => one.store === step.store).at(-1 - step.nth)
        if (!down) return
        const grants = by.isMine(down.boxid, box.boxid) ? down.grants : {}
        box.disk = by.replaceShard(box.disk, { shard, version: down.version, grants }) ?? box.disk
        return
      }
      case 'take': {
        const box = atStores[step.store] as Box
        const saleid = `${step.sale}/${box.facts.length}`
        const at = box.certain ? now : undefined
        const next = by.take(box.disk, { saleid, shard, memberid: step.member, at, credit: step.credit, gifts: step.gifts })
        if (!next) return
        const until = box.disk.shards[shard]?.grants[step.member]?.until
        if (until !== undefined && now >= Date.parse(until)) givenLate += step.credit + step.gifts
        box.disk = next
        return
      }
      case 'pay': {
        const box = atStores[step.store] as Box
        const taken = Object.values(box.disk.taken).filter((one) => !one.spent)[step.sale]
        if (!taken) return
        const { saleid, serial, credit, gifts } = taken
        box.facts.push({ serial, sale: saleid, credit, gifts })
        sent.push({ boxid: box.boxid, number: box.facts.length, fact: { serial, sale: saleid, credit, gifts } })
        if (step.dies) restart(box)
        else box.disk = spend(box.disk, saleid, { credit, gifts })
        return
      }
      case 'cancel': {
        const box = atStores[step.store] as Box
        const taken = Object.values(box.disk.taken).filter((one) => !one.spent)[step.sale]
        if (taken) box.disk = giveBack(box.disk, taken.saleid, { credit: true, gifts: true })
        return
      }
      case 'restart':
        restart(atStores[step.store] as Box)
        return
      case 'state': {
        const box = atStores[step.store] as Box
        states.push({ boxid: box.boxid, applied: by.appliedVersions(box.disk), upto: box.facts.length })
        return
      }
      case 'fact': {
        const one = sent.at(-1 - step.nth)
        if (!one) return
        const { boxid, number, fact } = one
        received.set(boxid, withNumber(received.get(boxid) ?? [], number))
        if (by.isRepeat(booked, `${boxid}/${number}`)) return
        booked.add(`${boxid}/${number}`)
        const known = lent.get(fact.serial)
        const covers = known?.boxid === boxid ? by.coveredBy(known, fact) : undefined
        const covered = covers ? covers.covered.credit + covers.covered.gifts : 0
        uncovered += fact.credit + fact.gifts - covered
        if (covers) lent.set(fact.serial, covers.left)
        return
      }
      case 'settle': {
        const told = states.at(-1 - step.nth)
        if (!told) return
        for (const [serial, version] of gone) {
          const one = lent.get(serial)
          const given = { gone: version, by: told.boxid, told, received: received.get(told.boxid) ?? [] }
          if (one && by.hasEnded(one, given)) lent.delete(serial)
        }
        return
      }
      case 'time':
        now += step.ms
        return
      case 'clock': {
        const box = atStores[step.store] as Box
        box.certain = !box.certain
        return
      }
      case 'replace':
        atStores[step.store] = newBox()
        tell(step.store)
        return
    }
  }

  function restart(box: Box): void {
    box.disk = by.afterRestart(box.disk)
    const onDisk = new Map(box.facts.map((one) => [one.sale, one]))
    for (const { saleid, spent } of Object.values<Taken>(box.disk.taken)) {
      const fact = onDisk.get(saleid)
      if (fact && !spent) box.disk = spend(box.disk, saleid, fact)
    }
  }

  return {
    act,
    /** What boxes have given and the club does not know, and what they can still give. */
    outstanding(): number {
      let sum = 0
      for (const { boxid, number, fact } of sent) if (!booked.has(`${boxid}/${number}`)) sum += fact.credit + fact.gifts
      for (const { disk, certain } of atStores) sum += exposureOf(disk, certain ? now : undefined)
      return sum
    },
    /** What the club says that it can lose at most. */
    exposure: () => [...lent.values()].reduce((sum, { credit, gifts }) => sum + credit + gifts, 0),
    uncovered: () => uncovered,
    givenLate: () => givenLate,
  }
}
