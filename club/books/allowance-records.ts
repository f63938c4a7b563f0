import type { HeldPart } from '../ledger/purse.ts'

/** What the box of a store may give one member while the club is away, less what its facts have told of. */
export interface AllowanceRecord {
  /** `store/serial`. */
  allowance: string
  store: string
  /** The installation that may give out of it; no other may. */
  boxid: string
  serial: number
  memberid: string
  shard: number
  /** Of the member's own credit. */
  credit: number
  /** Of discounts and free products. */
  gifts: number
  until: string
  /** What was lent at first: the box itself knows what it has given of that. */
  granted: { credit: number; gifts: number }
  /** The credit, lot by lot, with the transfers that set it aside. */
  parts: readonly HeldPart[]
  /** The transfer that set the gifts aside. */
  giftseq?: number
}

export const allowanceKey = (store: string, serial: number): string => `${store}/${serial}`

/** Of a sale without the club the member was told of other credit than was booked. */
export interface Remark {
  memberid: string
  announced: number
  booked: number
  store: string
  /** How many purchases the member had then: after the next one it is not said again. */
  purchases: number
  at: string
}

export interface RegularRecord {
  /** `store/memberid`. */
  regular: string
  store: string
  memberid: string
  seenAt: string
  /** Something of the member's may have changed since the box was told last. */
  changed: boolean
}

/** How far a store's box has been told of its regulars. */
export interface OutletRecord {
  store: string
  boxid: string
  /** Of the last allowance. */
  serial: number
  /** Of the last shard that was sent. */
  version: number
  /** The version of each shard as it was sent last. */
  shards: Readonly<Record<string, number>>
  /** Serials of allowances that the box no longer has from a version of their shard on. */
  ending: Readonly<Record<string, number>>
}
