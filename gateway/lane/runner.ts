import type { DeviceEvent, FingerStep, LaneNotice } from '#drivers/contract.ts'
import type { Programme } from '#programme/schema.ts'
import type { CatalogueProduct } from '#protocol/catalogue.ts'
import { credentialFault, presentCredential, type RawCredential, type TokenKey } from '#protocol/credentials.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import { describeError } from '#protocol/errors.ts'
import type { LaneScreen, TillRequest, TillResponse } from '#protocol/lane.ts'
import type { DisplayContent, ReceiptDocument } from '#protocol/receipt.ts'
import { receiptTexts } from '#protocol/receipt-fields.ts'
import type { Reply } from '#protocol/reply.ts'
import type { SealingPublicKey } from '#protocol/sealing.ts'
import type { Language } from '#protocol/text.ts'
import { renderDisplay } from '#receipts/render-display.ts'
import { crashPoint } from '#runtime/crash-point.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { Tracer } from '#runtime/tracing/tracer.ts'
import type { Cashiers } from '../cashiers.ts'
import type { Envelopes } from '../envelopes.ts'
import type { FingerDesk, FingerRequest } from '../fingers/enrolling.ts'
import { stepTexts } from '../fingers/sentences.ts'
import type { OpenSales } from '../open-sales.ts'
import { type BookedFact, type FactDraft, hasReceipt, type Outbox } from '../outbox.ts'
import type { Printing } from '../printing.ts'
import type { Shop } from '../provisional.ts'
import type { RedemptionIntents } from '../redemption-intents.ts'
import type { Differences } from '../regulars/differences.ts'
import type { Regulars } from '../regulars/regulars.ts'
import type { StaffRequest } from '../staff.ts'
import type { Uplink } from '../uplink.ts'
import { answerAside, isAside } from './aside.ts'
import { attend, isAttended } from './attending.ts'
import { factsOf, paidInCash } from './committing.ts'
import { decideAlone } from './deciding-alone.ts'
import { recoveredFrom } from './disk.ts'
import { answering } from './draft.ts'
import { enrolmentFact } from './enrolment.ts'
import type { LaneHardware } from './hardware.ts'
import type { AttendedRequest, Intent, LaneEffect, LaneInput } from './inputs.ts'
import { guardKiosk } from './kiosk-guard.ts'
import { type FactTrace, type FactTraces, traceLane } from './lane-trace.ts'
import { step } from './machine.ts'
import { printReceipt } from './receipt-on-paper.ts'
import { scanned } from './scanned.ts'
import { screenOf } from './screen.ts'
import { initialLane, type LaneSetup, type LaneState } from './state.ts'
import { createStrangers } from './strangers.ts'
import { createTapSignals } from './tap-signals.ts'
import { makesSomething, rawCredentialsOf, tillInput, withoutCredentials } from './till-input.ts'
import { answerAlone, takeCreditAlone, withAllowance, withReturned } from './without-the-club.ts'

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

export interface LaneOptions {
  setup: LaneSetup
  hardware: LaneHardware
  world: LaneWorld
  showScreen?(screen: LaneScreen): void
}

export type Lane = ReturnType<typeof runLane>

/** What the club says of a card that is nobody’s, or nobody’s any more. */
const nobodys: ReadonlySet<ErrorKey> = new Set(['credential.unknown', 'credential.key-retired', 'card.blocked'])

const welcome: DisplayContent = { title: receiptTexts.welcome, rows: [] }

/** Gives one lane's machine its hands: takes what happens, does what the machine says, one input after the other. */
export function runLane(options: LaneOptions) {
  const { setup, hardware, world } = options
  const { runtime, outbox, openSales, intents, envelopes, uplink } = world
  const log = world.log.child({ lane: setup.lane })
  const strangers = createStrangers({ now: runtime.monotonic })
  const tapSignals = createTapSignals({ hardware, lane: setup.lane })
  const trace = traceLane({ tracer: world.tracer, facts: world.traces, lane: setup.lane })
  const place = { lane: setup.lane, hardware, world, log }
  const cashier = world.cashiers.find(setup.lane)
  let state: LaneState = {
    ...initialLane,
    uplink: uplink.proved ? 'online' : 'offline',
    ...(cashier ? { cashier } : {}),
  }
  const inputs: LaneInput[] = []
  let busy = false
  let closed = false
  /** The id of the next sale or member; made ahead of need, since nobody should wait for it. */
  let fresh = runtime.uuid()
  const timers = new Map<string, Cancel>()
  /** The fact behind a booking, until its receipt is handed over. */
  const facts = new Map<string, string>()

  const take = (input: LaneInput) => {
    inputs.push(input)
    if (busy) return
    busy = true
    const before = state
    try {
      for (let next = inputs.shift(); next; next = inputs.shift()) {
        const result = step(setup, state, next)
        state = result.state
        for (const effect of result.effects) perform(effect)
      }
    } catch (error) {
      // A fault here must not end the other lanes; what is on disk is sent and answered all the same.
      log.error({ reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined }, 'the lane met a fault')
    } finally {
      busy = false
    }
    if (state.phase.at === 'idle' && before.phase.at !== 'idle') {
      trace.idle()
      guard.left()
    }
    if (state.shown.display !== before.shown.display) refreshDisplay()
    if (
      options.showScreen &&
      (state.shown !== before.shown || state.phase.at !== before.phase.at || state.uplink !== before.uplink)
    )
      options.showScreen(screenNow())
  }

  const guard = guardKiosk({ setup, now: runtime.monotonic, tokenOf: (mobile) => credentialOf({ kind: 'phone', value: mobile }) })

  const refreshDisplay = () => showOnDisplays(state.shown.display ?? welcome)

  const showOnDisplays = (content: DisplayContent) => {
    for (const display of hardware.displays) {
      const { columns, rows, persian } = display
      display
        .show(renderDisplay(content, { columns, rows, timeZone: world.timeZone, language: persian ? world.language : 'en' }))
        .catch((error: unknown) => log.info({ reason: messageOf(error) }, 'the display shows nothing'))
    }
  }

  const nameOfTier = (id: string) => {
    const tiers = world.programmeFor(new Date(world.now()).toISOString())?.tiers?.list
    return tiers?.find((one) => one.id === id)?.name ?? { fa: id, en: id }
  }
  const screenNow = () => screenOf(setup, state, nameOfTier)

  const hear = (id: string, ref: string) => world.onFactReply(id, (reply) => take({ kind: 'reply', ref, reply }))

  const commit = (
    drafts: readonly [FactDraft, ...FactDraft[]],
    ref: string,
    options: { traced: FactTrace; whenSafe?: () => void },
  ) => {
    hear(drafts[0].id, ref)
    const committed = options.traced.committing(drafts[0].id)
    outbox.commit(drafts).then(
      () => {
        committed()
        options.whenSafe?.()
        take({ kind: 'committed', ref })
      },
      (error: unknown) => {
        committed(messageOf(error))
        facts.delete(ref)
        take({ kind: 'not-committed', ref, key: 'box.unwritable', reason: messageOf(error) })
      },
    )
  }

  const openDrawers = () =>
    void hardware
      .openDrawers()
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'the cash drawer was not opened'))

  const perform = (effect: LaneEffect) => {
    switch (effect.kind) {
      case 'tell':
        for (const till of hardware.tills) till.send(effect.response)
        tapSignals.told(effect.response)
        return
      case 'ask': {
        const { number, type, data, orderkey, device, expiresMs } = effect
        const origin = { lane: setup.lane, device, orderkey, traceparent: trace.asked(number, type) }
        const request = envelopes.request(type, withReturned(type, data, world), origin, expiresMs)
        const askedAt = world.now()
        const sent = uplink.ask(request, (reply) => {
          if (reply.hold) crashPoint('gateway.on-hold')
          trace.answered(number, { status: reply.status })
          if (reply.status === 'declined' && 'redemptionid' in data) world.regulars.keepAfterAll(data.redemptionid)
          const asked = 'credential' in data ? data.credential : data.member
          const { error } = reply
          if (asked && (error?.key === 'credential.unknown' || error?.key === 'credential.unproven'))
            strangers.note(asked.token ?? asked.proof ?? '')
          if (asked && (reply.member || (error && nobodys.has(error.key))))
            world.regulars.learnt(asked, reply.member?.memberid, askedAt)
          take({ kind: 'answer', number, reply })
        })
        if (!sent) {
          trace.answered(number, { failed: 'the line is down' })
          inputs.push({ kind: 'timer', timer: `question:${number}` })
        }
        return
      }
      case 'ask-alone': {
        const reply = answerAlone(effect, { setup, world })
        inputs.push(
          reply ? { kind: 'answer', number: effect.number, reply } : { kind: 'timer', timer: `question:${effect.number}` },
        )
        return
      }
      case 'commit': {
        const given = withAllowance(effect, world)
        const allowance = 'allowance' in given.data ? given.data.allowance : undefined
        const traced = trace.fact(effect.type)
        const { traceparent } = traced
        const [fact, ...others] = factsOf({ effect: given, lane: setup.lane, envelopes, traceparent, now: world.now })
        if (hasReceipt(effect.type)) facts.set(effect.ref, fact.id)
        const whenSafe = () => {
          if (allowance) world.regulars.spent(effect.subject, allowance)
          if (paidInCash(effect)) openDrawers()
        }
        return commit([fact, ...others], effect.ref, { traced, whenSafe })
      }
      case 'enrol': {
        const traced = trace.fact('vafa.member.enrolled.v1')
        const { traceparent } = traced
        const fact = enrolmentFact({ effect, lane: setup.lane, envelopes, sealingKey: world.sealingKey(), traceparent })
        if (fact) commit([fact], effect.ref, { traced })
        else
          inputs.push({
            kind: 'not-committed',
            ref: effect.ref,
            key: 'club.unavailable',
            reason: 'the club has sent no key yet to seal profiles with',
          })
        return
      }
      case 'decide-alone': {
        const id = facts.get(effect.ref)
        if (id !== undefined) decideAlone({ ...effect, id, setup, world, log }).then(take)
        return
      }
      case 'print':
        void print(effect)
        return
      case 'handed':
        return handed(effect.ref, effect.given)
      case 'keep': {
        const { sale, quote } = effect
        // What the club promises is not the box's to give.
        if (quote.decidedBy === 'club') world.regulars.giveBack(sale.saleid, 'gifts')
        return quote.redemption ? openSales.keepNow({ sale, quote }) : openSales.keep({ sale, quote })
      }
      case 'intend': {
        const { redemptionid, alone } = effect.intent
        try {
          intents.intend(setup.lane, effect.intent)
        } catch (error) {
          inputs.push({ kind: 'not-intended', redemptionid, key: 'box.unwritable', reason: messageOf(error) })
          return
        }
        const held = alone ? takeCreditAlone(effect.intent, { setup, world }) : undefined
        if (!alone || held !== undefined) {
          inputs.push({ kind: 'intended', redemptionid, ...(held === undefined ? {} : { held }) })
          return
        }
        intents.forget(redemptionid)
        const reason = 'no allowance of the club for this member covers it, or this card spends nothing while the club is away'
        inputs.push({ kind: 'not-intended', redemptionid, key: 'redemption.offline', reason })
        return
      }
      case 'forget-intent':
        if (effect.alone !== undefined) world.regulars.giveBack(effect.alone, 'credit')
        return intents.forget(effect.redemptionid)
      case 'keep-cashier':
        return world.cashiers.keep(setup.lane, effect.cashier)
      case 'forget':
        world.regulars.giveBack(effect.saleid, 'credit', 'gifts')
        return openSales.forget(effect.saleid)
      case 'timer':
        timers.get(effect.timer)?.()
        timers.set(
          effect.timer,
          runtime.after(effect.ms, () => {
            timers.delete(effect.timer)
            if (effect.timer.startsWith('question:'))
              trace.answered(Number(effect.timer.slice('question:'.length)), { failed: 'no answer in time' })
            take({ kind: 'timer', timer: effect.timer })
          }),
        )
        return
      case 'cancel-timer':
        timers.get(effect.timer)?.()
        timers.delete(effect.timer)
        return
      case 'warm':
        return world.printing.warm()
      case 'doubt':
        return uplink.doubt()
    }
  }

  const handed = (ref: string, given: 'provisional' | 'final') => {
    const id = facts.get(ref)
    if (id !== undefined) outbox.hand(id, given)
    facts.delete(ref)
  }

  const print = async (effect: Extract<LaneEffect, { kind: 'print' }>) => {
    const { ref, of, subject: saleid, receipt, given } = effect
    const id = facts.get(ref)
    facts.delete(ref)
    if (id === undefined) return
    if (of !== 'sale' && of !== 'reversal') return printSlip(receipt, id)
    const printed = trace.printing(receipt.provisional)
    try {
      const orderkey = outbox.factsOf(saleid).find((fact) => fact.id === id)?.orderkey ?? saleid
      const { confirmed } = await printReceipt({ receipt, saleid, orderkey, handed: { id, handed: given }, ...place })
      printed({ confirmed })
    } catch (error) {
      printed({ failed: messageOf(error) })
      // A box that is going down cut the job short: the receipt comes after the restart.
      if (closed) return
      log.warn({ saleid, reason: messageOf(error) }, 'the receipt was not printed')
      outbox.hand(id, given)
      take({ kind: 'not-printed', reason: messageOf(error) })
    }
  }

  /** What is no sale's own receipt: a return's, a claim's, a day's. */
  const printSlip = async (receipt: ReceiptDocument, id: string) => {
    try {
      await world.printing.print(receipt, hardware)
      outbox.hand(id, 'final')
    } catch (error) {
      // As with a sale's: a box that is going down prints it after the restart.
      if (closed) return
      outbox.hand(id, 'final')
      log.warn({ reason: messageOf(error) }, 'a slip was not printed')
      take({ kind: 'not-printed', reason: messageOf(error) })
    }
  }

  const credentialOf = (raw: RawCredential) => {
    const { tokenKey, codePrefix } = world
    return presentCredential(raw, { key: tokenKey(), codePrefix, presentationid: runtime.uuid(), at: world.now() })
  }

  /** Somebody tries cards here: for a while nobody learns whose they are. What is sold without one goes on. */
  const refuseStrangers = (device: string, re?: string) => {
    log.warn({ device }, 'too many unknown cards in a row; the club is asked about nobody for a few seconds')
    take({ kind: 'refused', key: 'credential.too-many', reason: 'too many unknown ones in a row', ...answering(re) })
  }

  /** The next thing is a new customer's. */
  const isFree = () => state.phase.at === 'idle' || state.phase.at === 'completed' || state.phase.at === 'cancelled'

  const presented = (raw: RawCredential, device: string, re?: string) => {
    const reason = credentialFault(raw)
    if (reason !== undefined) return take({ kind: 'refused', key: 'request.invalid', reason, ...answering(re) })
    if (strangers.tooMany()) return refuseStrangers(device, re)
    const made = trace.input('tap', { free: isFree(), via: raw.kind })
    take({ kind: 'credential', credential: credentialOf(raw), device, ...answering(re) })
    made()
  }

  const attendFinger = async (request: FingerRequest) => {
    if (setup.mode === 'training') {
      const error = describeError('sale.training', 'a training lane stores and forgets nobody’s finger')
      return perform({ kind: 'tell', response: { op: 'error', re: request.id, error } })
    }
    const { phase } = state
    const sale = 'sale' in phase && phase.sale.member ? { credential: phase.sale.member, device: phase.sale.device } : undefined
    const who = phase.at === 'presented' ? phase.who : sale
    const tell = (response: TillResponse) => {
      if (!closed) perform({ kind: 'tell', response })
    }
    const show = (step: FingerStep) => showOnDisplays({ title: stepTexts[step], rows: [] })
    tell(await world.fingerDesk({ request, lane: setup.lane, who, tell, show }))
    if (!closed) refreshDisplay()
  }

  /** Who stands here, before, in or just after a sale. */
  const whoStandsHere = () => {
    const { phase, customer } = state
    const credential =
      phase.at === 'presented' ? phase.who.credential : ('sale' in phase && phase.sale.member) || customer?.credential
    const saleid = 'sale' in phase ? phase.sale.saleid : phase.at === 'completed' ? phase.saleid : undefined
    return credential ? { credential, saleid } : undefined
  }

  const hasStrangersCard = () =>
    setup.kind === 'kiosk' &&
    state.phase.at === 'presented' &&
    state.phase.who.credential.kind !== 'phone' &&
    state.shown.error?.key === 'credential.unknown'

  const attendTo = async (till: AttendedRequest, device: string) => {
    const response = await attend({
      ...{ request: till, device, setup, world, who: whoStandsHere() },
      tokenOf: (mobile) => credentialOf({ kind: 'phone', value: mobile }),
      onProven(credential) {
        guard.proved(credential)
        if (closed) return
        // Whoever has shown a new card signs up with that card: the mobile does not take its place.
        if (hasStrangersCard()) return take({ kind: 'refused', key: 'credential.unknown', reason: 'a new card', re: till.id })
        take({ kind: 'credential', credential, device, re: till.id })
      },
      onBooked() {
        if (!closed) take({ kind: 'changed' })
      },
    })
    if (response && !closed) perform({ kind: 'tell', response })
  }

  const request = (till: TillRequest, device: string) => {
    const unwelcome = guard.refuses(till)
    if (unwelcome) return take({ kind: 'refused', key: unwelcome.key, reason: unwelcome.reason, re: till.id })
    if (isAttended(till)) return void attendTo(till, device)
    if (till.op === 'enrol-finger' || till.op === 'forget-finger') return void attendFinger(till)
    if (till.op === 'present') return presented(till.credential, device, till.id)
    if (isAside(till)) {
      void answerAside({ request: till, device, setup, world, place }).then((response) => {
        if (!closed) perform({ kind: 'tell', response })
      })
      return
    }
    const raw = rawCredentialsOf(till)
    const reason = raw.map(credentialFault).find((fault) => fault !== undefined)
    if (reason !== undefined) return take({ kind: 'refused', key: 'request.invalid', reason, re: till.id })
    // Only what asks: a fact is never refused.
    if (till.op === 'open' && raw.length > 0 && strangers.tooMany()) return refuseStrangers(device, till.id)
    const shown = raw.map(credentialOf)
    const made = trace.input(`till ${till.op}`, { free: isFree(), via: device })
    take(tillInput({ request: withoutCredentials(till), shown, device, fresh, state, setup, world }))
    made()
    if (makesSomething.has(till.op)) fresh = runtime.uuid()
  }

  /** To tills that pass on what happens at the lane besides what it says itself. */
  const notice = (happened: LaneNotice) => {
    for (const till of hardware.tills) till.notice?.(happened)
  }

  return {
    get state() {
      return state
    },
    hardware,
    request,
    deviceEvent(device: string, event: DeviceEvent) {
      switch (event.kind) {
        case 'credential':
          tapSignals.tapped(device)
          notice({ kind: 'presented', via: event.credential.kind })
          return presented(event.credential, device)
        case 'refused':
          tapSignals.refused(device)
          return take({ kind: 'refused', key: event.key, reason: event.reason })
        case 'scan':
          return perform({ kind: 'tell', response: scanned(event.scan, world.products()) })
        case 'till':
          return request(event.request, device)
        case 'till-invalid':
          return log.info({ device, reason: event.reason }, 'a till sent what is no request')
        case 'finger':
          return
        case 'removed':
          return notice({ kind: 'removed' })
        case 'printer-status':
          return notice({ kind: 'printer', status: event.status })
      }
    },
    uplink(now: 'online' | 'offline'): void {
      take({ kind: 'uplink', state: now })
      notice({ kind: 'uplink', state: now })
    },
    /** After a restart: a fact whose receipt nobody was given yet. */
    recover(fact: BookedFact): void {
      const input = recoveredFrom(outbox, fact)
      facts.set(input.ref, fact.id)
      hear(fact.id, input.ref)
      take(input)
    },
    /** After a restart: credit that may be held; `pinned`, where the till was told so, and of how much. */
    recoverHold(intent: Intent, pinned: { amount: number } | undefined): void {
      take({ kind: 'recovered-hold', intent: { ...intent, ...pinned }, pinned: pinned !== undefined })
    },
    refreshDisplay,
    /** The screen as it is now, for a broker that has just started. */
    screen: screenNow,
    close(): void {
      closed = true
      for (const cancel of timers.values()) cancel()
      timers.clear()
      trace.close()
    },
  }
}
