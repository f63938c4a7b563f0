import { type Credential, isProven } from '#protocol/credentials.ts'
import { type Regular, type RegularsDown, type RegularsState, regular, regularsDown, shardOfMember } from '#protocol/regulars.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { unsynced } from '#runtime/sqlite.ts'
import type { ClubClock } from '../clock.ts'
import type { BoxDisk } from '../database.ts'
import {
  type Allowances,
  type Amounts,
  appliedVersions,
  exposureOf,
  giveBack,
  giveUp,
  keepAfterAll,
  left,
  noAllowances,
  replaceShard,
  spend,
  type Taken,
  take,
} from './allowances.ts'
import { openRegularsStore } from './store.ts'

/** The club's answer may be a moment older than the box thinks: a card that was blocked then is asked about again. */
const clockSlackMs = 2_000
/** Taps whose sales may still be open. */
const provenKept = 1_000
/** A card that nobody has shown for so long is asked about again. */
const cardsKeptMs = 400 * 24 * 3_600_000

export type Regulars = ReturnType<typeof openRegulars>

/**
 * Members who were at this store lately, as the club last told (`down/regulars-…`), and what the box may give them
 * while the club is away. What it decides goes through the pure functions of allowances.ts; what it gives is on disk
 * before anybody hears of it.
 */
export function openRegulars(
  options: BoxDisk & {
    boxid: string
    clock: ClubClock
    /** The last number given to a fact. */
    sequence(): number
    log: Logger
    /** Something in what the store's state says of them has changed. */
    onChange(): void
  },
) {
  const { database, boxid, clock, log, onChange } = options
  const store = openRegularsStore(options)
  const members = new Map<string, Regular>()
  const shards = new Map<number, RegularsDown>()
  /** As sales without the club have left members since; until the club says something younger. */
  const since = new Map<string, Regular>()
  let allowances: Allowances = { ...noAllowances, taken: Object.fromEntries(store.taken().map((one) => [one.saleid, one])) }

  const grantsOf = (down: RegularsDown) =>
    Object.fromEntries(
      // Of another installation's allowances this box gives nothing: that one may be giving out of them.
      down.boxid === boxid ? down.members.flatMap(({ memberid, allowance }) => (allowance ? [[memberid, allowance]] : [])) : [],
    )

  /** Takes a shard into use; false where it is not younger than the one that is there. */
  const use = (down: RegularsDown, keep: (before: Allowances['taken'], after: Allowances['taken']) => void): boolean => {
    const { shard, version } = down
    const next = replaceShard(allowances, { shard, version, grants: grantsOf(down) })
    if (!next) return false
    keep(allowances.taken, next.taken)
    allowances = next
    for (const { memberid } of shards.get(shard)?.members ?? []) {
      members.delete(memberid)
      since.delete(memberid)
    }
    shards.set(shard, down)
    for (const one of down.members) members.set(one.memberid, one)
    return true
  }

  for (const json of store.shards((shard, error) =>
    log.warn({ shard, reason: messageOf(error) }, 'regulars on the disk cannot be opened; the club sends them again'),
  )) {
    const { data } = regularsDown.safeParse(json)
    if (data) use(data, () => {})
  }
  for (const json of store.since()) {
    const { data } = regular.safeParse(json)
    if (data && members.has(data.memberid)) since.set(data.memberid, data)
  }
  const certain = clock.certain()
  if (certain !== undefined) store.forgetCardsBefore(certain - cardsKeptMs)

  const change = (next: Allowances): boolean => {
    if (next === allowances) return true
    try {
      store.keepTaken(allowances.taken, next.taken)
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'what is given without the club cannot be written down')
      return false
    }
    allowances = next
    return true
  }
  const keepCard = unsynced(database, store.keepCard)
  // What a power cut takes of it the allowance bounds all the same.
  const keepSince = unsynced(database, store.keepSince)

  /** Whom a credential was last, where nothing that came since says that it may be somebody else's. */
  const find = ({ token, earlier }: Credential): Regular | undefined => {
    if (token === undefined) return undefined
    const known = store.card(token) ?? (earlier && store.card(earlier.token))
    const member = known && members.get(known.memberid)
    if (!known || !member) return undefined
    if (member.cardsSince !== undefined && known.askedAt - clockSlackMs <= Date.parse(member.cardsSince)) return undefined
    return since.get(member.memberid) ?? member
  }

  /** Whose the last taps were that only the club can verify. */
  const proven = new Map<string, string>()
  const noteProven = (presentationid: string, memberid: string | undefined) => {
    proven.delete(presentationid)
    if (memberid !== undefined) proven.set(presentationid, memberid)
    if (proven.size > provenKept) proven.delete(proven.keys().next().value ?? '')
  }

  /** The most that what was shown can prove: a copied number, or one that only the club could verify, spends nothing. */
  const mostBy = (shown: Credential, { memberid, stockCards }: Regular): number => {
    if (isProven(shown)) return 0
    if (shown.kind === 'fingerprint') return Number.MAX_SAFE_INTEGER
    const down = shards.get(shardOfMember(memberid))
    return shown.kind === 'nfc-uid' && stockCards ? (down?.uidAtMost ?? 0) : 0
  }

  const spendable = (shown: Credential, saleid?: string): Amounts & { together: number } => {
    const regular = find(shown)
    if (!regular) return { credit: 0, gifts: 0, together: 0 }
    const { memberid } = regular
    const most = mostBy(shown, regular)
    const sale = saleid === undefined ? {} : { saleid }
    const there = left(allowances, { shard: shardOfMember(memberid), memberid, at: clock.certain(), ...sale })
    return { ...there, together: Math.min(there.credit + there.gifts, most) }
  }

  return {
    /** `down/regulars-…`; the reason where it is refused. */
    accept(json: unknown): string | undefined {
      const { data, error } = regularsDown.safeParse(json)
      if (!data) return error.issues[0]?.message ?? 'invalid'
      const stray = data.members.find(({ memberid }) => shardOfMember(memberid) !== data.shard)
      if (stray) return `members: ${stray.memberid} is of another shard`
      if (!use(data, (before, after) => store.keepShard(data, before, after))) return undefined
      const allowances = Object.keys(grantsOf(data)).length
      log.info(
        { shard: data.shard, version: data.version, members: data.members.length, allowances },
        'the club told of regulars',
      )
      onChange()
      return undefined
    },
    /** The club said whose a credential is, or that it is nobody's. `askedAt`: when it was asked, by the corrected clock. */
    learnt({ token, presentationid }: Credential, memberid: string | undefined, askedAt: number): void {
      if (presentationid !== undefined) noteProven(presentationid, memberid)
      if (token === undefined || presentationid !== undefined || clock.certain() === undefined) return
      try {
        if (memberid === undefined) store.forgetCard(token)
        else if (store.card(token)?.memberid !== memberid || members.get(memberid)?.cardsSince !== undefined)
          keepCard(token, { memberid, askedAt })
      } catch (error) {
        log.info({ reason: messageOf(error) }, 'whose card it is will be forgotten')
      }
    },
    find,
    /** What can be given now, and how much of both, by what was shown; what `saleid` has taken already included. */
    spendable,
    /**
     * Takes for a sale what it is to give, in the place of what it had taken of the same kind: on disk when it returns
     * true. False: it may not be given.
     */
    take({ saleid, shown, ...wanted }: { saleid: string; shown: Credential } & Partial<Amounts>): boolean {
      const regular = find(shown)
      if (!regular) return false
      const { memberid } = regular
      const had = allowances.taken[saleid]
      const { credit = had?.credit ?? 0, gifts = had?.gifts ?? 0 } = wanted
      if (credit + gifts > mostBy(shown, regular)) return false
      const next = take(allowances, { saleid, shard: shardOfMember(memberid), memberid, at: clock.certain(), credit, gifts })
      return next !== undefined && change(next)
    },
    /**
     * Gives up the credit that is left of a member's allowance, since the club itself is about to hold credit: on disk when
     * it returns. `id`: of the redemption.
     */
    giveUp(id: string, shown: Credential): { serial: number; credit: number } | undefined {
      const regular = find(shown) ?? members.get(proven.get(shown.presentationid ?? '') ?? '')
      const given = regular && giveUp(allowances, { id, shard: shardOfMember(regular.memberid), memberid: regular.memberid })
      if (!given || !change(given.after)) return undefined
      const { serial, credit } = given
      return { serial, credit }
    },
    /** The club declined the question for which it was given up: it has taken nothing. */
    keepAfterAll(id: string): void {
      if (allowances.taken[id]) change(keepAfterAll(allowances, id))
    },
    taken: (saleid: string): Taken | undefined => allowances.taken[saleid],
    /** A sale gives none of it any more. What cannot be written is given back at the next start. */
    giveBack(saleid: string, ...parts: ('credit' | 'gifts')[]): void {
      const next = giveBack(allowances, saleid, Object.fromEntries(parts.map((part) => [part, true])))
      // Nearly every sale comes here, and has taken nothing.
      if (next !== allowances && change(next)) onChange()
    },
    /** The sale is on disk, and has given so much. */
    spent(saleid: string, amounts: Amounts): void {
      if (change(spend(allowances, saleid, amounts))) onChange()
    },
    /** Sales that hold something and are not on disk, as far as this knows. */
    open: (): string[] => Object.values(allowances.taken).flatMap((one) => (one.spent ? [] : [one.saleid])),
    /** The member as a sale without the club has left them: so also after a restart, until the club says something younger. */
    changed(member: Regular): void {
      if (!members.has(member.memberid)) return
      since.set(member.memberid, member)
      try {
        keepSince(member)
      } catch (error) {
        log.info({ reason: messageOf(error) }, 'after a restart this sale will not be known of the member')
      }
    },
    state(): RegularsState {
      let at: string | undefined
      for (const one of shards.values()) if (at === undefined || one.at > at) at = one.at
      return {
        members: members.size,
        ...(at === undefined ? {} : { at }),
        applied: appliedVersions(allowances),
        upto: options.sequence(),
      }
    },
    exposure: (): number => exposureOf(allowances, clock.certain()),
  }
}
