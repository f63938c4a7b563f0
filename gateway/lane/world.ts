import type { Programme } from '#programme/schema.ts'
import type { CatalogueProduct } from '#protocol/catalogue.ts'
import type { TokenKey } from '#protocol/credentials.ts'
import type { TillResponse } from '#protocol/lane.ts'
import type { Reply } from '#protocol/reply.ts'
import type { SealingPublicKey } from '#protocol/sealing.ts'
import type { Language } from '#protocol/text.ts'
import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { Tracer } from '#runtime/tracing/tracer.ts'
import type { Cashiers } from '../cashiers.ts'
import type { Envelopes } from '../envelopes.ts'
import type { FingerDesk } from '../fingers/enrolling.ts'
import type { OpenSales } from '../open-sales.ts'
import type { Outbox } from '../outbox.ts'
import type { Printing } from '../printing.ts'
import type { Shop } from '../provisional.ts'
import type { RedemptionIntents } from '../redemption-intents.ts'
import type { Differences } from '../regulars/differences.ts'
import type { Regulars } from '../regulars/regulars.ts'
import type { StaffRequest } from '../staff.ts'
import type { Uplink } from '../uplink.ts'
import type { LaneHardware } from './hardware.ts'
import type { LaneInput } from './inputs.ts'
import type { FactTraces, LaneTrace } from './lane-trace.ts'
import type { LaneSetup } from './state.ts'

/** What a lane works with. */
export interface LaneWorld {
  runtime: Runtime
  log: Logger
  timeZone: string
  /** The store's. */
  language: Language
  tokenKey(): TokenKey
  /** What the club's rotating codes begin with. */
  codePrefix: string
  shop: Shop
  outbox: Outbox
  openSales: OpenSales
  intents: RedemptionIntents
  cashiers: Cashiers
  envelopes: Envelopes
  uplink: Uplink
  tracer: Tracer
  traces: FactTraces
  printing: Printing
  fingerDesk: FingerDesk
  regulars: Regulars
  differences: Differences
  /** What who looks after the lane asks with a PIN. Never rejects. */
  staff(request: StaffRequest, lane: string): Promise<TillResponse>
  /** Its name. */
  store: string
  /** The rules that decide what happened at an instant (ISO 8601): those of `version`, a quote's own, if the box has them. */
  programmeFor(instant: string, version?: number): Programme | undefined
  sealingKey(): SealingPublicKey | undefined
  /** What the chain says of its products. */
  products(): ReadonlyMap<string, CatalogueProduct>
  /** Registers who hears of the club's reply to a fact, before the fact is written. */
  onFactReply(id: string, listener: (reply: Reply) => void): void
  /** Milliseconds since 1970, by the corrected clock. */
  now(): number
  /** The civil date at the store. */
  businessDate(): string
  /** The civil date at the store of an instant, milliseconds since 1970. */
  civilDateOf(at: number): string
}

/** What each part of a running lane has at hand. */
export interface LaneHands {
  setup: LaneSetup
  hardware: LaneHardware
  world: LaneWorld
  log: Logger
  trace: LaneTrace
  /** Gives the machine something that has happened; from within an effect it comes after all effects of the same step. */
  take(input: LaneInput): void
  /** The box goes down: nobody is told anything any more. */
  isClosed(): boolean
}
