import { createHash } from 'node:crypto'
import type { Credential } from '#protocol/credentials.ts'
import { type Localised, toPersianDigits } from '#protocol/text.ts'
import { madeUpId } from '../booking/arrival.ts'
import { longestWayMs, type Place, type VelocityConfig, wayMs } from './rules.ts'

/** What the journal says has happened. Instants: milliseconds since 1970. */
export interface Happening {
  id: string
  type: string
  store: string
  at: number
  memberid?: string | undefined
  /** The event as it was journalled: with peppered tokens. */
  body: unknown
}

export type AlarmRule = 'two-stores' | 'many-redemptions' | 'many-returns'

/** As it is booked (`vafa.club.alarm-raised.v1`). The id is made of what raised it: raised again it is the same. */
export interface Alarm {
  id: string
  data: {
    rule: AlarmRule
    /** What did it: a card's peppered token, or store and cashier. */
    subject: string
    store: string
    memberid?: string
    text: Localised
    /** When what raised it happened. */
    since: string
  }
}

/** Which events of the journal it wants to see. */
export const happeningTypes = [
  'vafa.sale.completed.v1',
  'vafa.visit.recorded.v1',
  'vafa.sale.returned.v1',
  'vafa.sale.reversed.v1',
  'vafa.club.alarm-raised.v1',
] as const

/** A mobile is said aloud by a whole family, and a finger is one sensor's. */
const cards: ReadonlySet<string> = new Set(['nfc-uid', 'nfc-sun', 'iso-dep', 'magstripe', 'barcode', 'qr'])

interface Data {
  member?: Credential
  credential?: Credential
  operator?: string
  saleid?: string
  returnid?: string
  redemption?: { redemptionid: string }
  reason?: string
}

export type Velocity = ReturnType<typeof createVelocity>

/**
 * Sees what happens too fast: one card in two stores between which nobody gets in that time, and one cashier with too many
 * redemptions or returns. A function of the journal alone: its windows are filled again by reading the last of it, and what
 * was told before stands there too, so that nothing is told twice.
 */
export function createVelocity(options: {
  rules: VelocityConfig
  stores: readonly { store: string; place?: Place | undefined; name: Localised }[]
}) {
  const { rules } = options
  const stores = new Map(options.stores.map((one) => [one.store, one]))
  const minutesOf = (rule: 'off' | { minutes: number }) => (rule === 'off' ? 0 : rule.minutes * 60_000)
  /** How far back anything is looked at. */
  const spanMs = Math.max(
    rules.twoStores === 'off' ? 0 : longestWayMs(rules.twoStores, options.stores),
    minutesOf(rules.redemptions),
    minutesOf(rules.returns),
  )
  const seen = new Map<string, { store: string; at: number }[]>()
  const counted = new Map<string, Map<string, number>>()
  const raised = new Map<string, number[]>()
  let latest = 0
  let sweptAt = 0

  function way(from: string, to: string): number {
    return rules.twoStores === 'off' ? 0 : wayMs(rules.twoStores, stores.get(from)?.place, stores.get(to)?.place)
  }
  const nameOf = (store: string): Localised => stores.get(store)?.name ?? { fa: store, en: store }

  const alarm = (happening: Happening, rule: AlarmRule, subject: string, text: Localised): Alarm[] => {
    const { id, at, store, memberid } = happening
    const key = `${rule} ${subject}`
    const quietMs = rule === 'two-stores' ? spanMs : minutesOf(rule === 'many-returns' ? rules.returns : rules.redemptions)
    if (raised.get(key)?.some((one) => Math.abs(at - one) < quietMs)) return []
    const made = madeUpId(createHash('sha256').update(`vafa alarm ${key} ${id}`).digest())
    const whose = rule === 'two-stores' && memberid !== undefined ? { memberid } : {}
    return [{ id: made, data: { rule, subject, store, ...whose, text, since: new Date(at).toISOString() } }]
  }

  const inTwoStores = (happening: Happening, { kind, token, earlier }: Credential): Alarm[] => {
    if (rules.twoStores === 'off' || !cards.has(kind) || token === undefined) return []
    const { store, at } = happening
    const before = [token, ...(earlier ? [earlier.token] : [])].flatMap((one) => seen.get(one) ?? [])
    seen.set(token, [...(seen.get(token) ?? []), { store, at }])
    const other = before.find((one) => one.store !== store && Math.abs(at - one.at) < way(one.store, store))
    if (!other) return []
    const minutes = Math.ceil(Math.abs(at - other.at) / 60_000)
    const [here, there] = [nameOf(store), nameOf(other.store)]
    return alarm(happening, 'two-stores', token, {
      fa: `یک کارت در ${toPersianDigits(String(minutes))} دقیقه در دو فروشگاه نشان داده شد: «${there.fa}» و «${here.fa}».`,
      en: `One card was shown in two stores within ${minutes} min: ${there.en} and ${here.en}.`,
    })
  }

  /** `what`: what was counted, so that one that comes twice counts once. */
  const often = (
    happening: Happening,
    given: { rule: 'many-redemptions' | 'many-returns'; who: string; what: string },
  ): Alarm[] => {
    const { rule, who, what } = given
    const limit = rule === 'many-returns' ? rules.returns : rules.redemptions
    if (limit === 'off') return []
    const { store, at } = happening
    const key = `${rule} ${store}/${who}`
    const of = counted.get(key) ?? new Map<string, number>()
    counted.set(key, of)
    of.set(what, at)
    const windowMs = limit.minutes * 60_000
    const count = [...of.values()].filter((one) => one > at - windowMs && one <= at).length
    if (count <= limit.most) return []
    const [name, times, minutes] = [nameOf(store), toPersianDigits(String(count)), toPersianDigits(String(limit.minutes))]
    const texts = {
      'many-redemptions': {
        fa: `«${who}» در «${name.fa}» در ${minutes} دقیقه ${times} بار از اعتبار مشتری برداشته است.`,
        en: `${who} in ${name.en} redeemed credit ${count} times within ${limit.minutes} min.`,
      },
      'many-returns': {
        fa: `«${who}» در «${name.fa}» در ${minutes} دقیقه ${times} برگشت یا ابطال ثبت کرده است.`,
        en: `${who} in ${name.en} booked ${count} returns or reversals within ${limit.minutes} min.`,
      },
    }
    return alarm(happening, rule, `${store}/${who}`, texts[rule])
  }

  const told = ({ rule, subject, since }: Pick<Alarm['data'], 'rule' | 'subject' | 'since'>): void => {
    const [key, at] = [`${rule} ${subject}`, Date.parse(since)]
    const before = raised.get(key) ?? []
    if (!before.includes(at)) raised.set(key, [...before, at])
  }

  /** What can matter no more is forgotten, a span at a time. */
  const sweep = () => {
    if (latest - sweptAt < spanMs) return
    sweptAt = latest
    const since = latest - 2 * spanMs
    for (const [token, shown] of seen) {
      const left = shown.filter(({ at }) => at > since)
      if (left.length === 0) seen.delete(token)
      else seen.set(token, left)
    }
    for (const [key, of] of counted) {
      for (const [what, at] of of) if (at <= since) of.delete(what)
      if (of.size === 0) counted.delete(key)
    }
    for (const [key, instants] of raised) {
      const left = instants.filter((at) => at > since)
      if (left.length === 0) raised.delete(key)
      else raised.set(key, left)
    }
  }

  return {
    /** In milliseconds; so much of the journal fills the windows again. */
    spanMs,
    /** Another act of the journal: an alarm that was told before. */
    told,
    /** What one event raises, in the order of the journal; what is told of it is to be given to `told`. */
    take(happening: Happening): Alarm[] {
      const { type, at } = happening
      const { data, subject: lane = '' } = happening.body as { data: Data; subject?: string }
      latest = Math.max(latest, at)
      sweep()
      if (type === 'vafa.club.alarm-raised.v1') return []
      const who = data.operator ?? lane
      const shown = data.member ?? data.credential
      const alarms = shown ? inTwoStores(happening, shown) : []
      if (type === 'vafa.sale.completed.v1' && data.redemption)
        alarms.push(...often(happening, { rule: 'many-redemptions', who, what: data.redemption.redemptionid }))
      // What a terminal or a time-out takes back is no decision of the cashier's.
      if (type === 'vafa.sale.returned.v1' || (type === 'vafa.sale.reversed.v1' && data.reason === 'operator'))
        alarms.push(...often(happening, { rule: 'many-returns', who, what: data.returnid ?? data.saleid ?? happening.id }))
      return alarms
    },
  }
}
