import type { DeviceEvent, FingerSensor } from '#drivers/contract.ts'
import type { Reply } from '#protocol/reply.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import { checkSensor, refusalText } from './check.ts'
import type { FingerLibrary, LibraryFinger } from './library.ts'

export interface FingersOptions {
  library: FingerLibrary
  /** Whether a member asked to be forgotten, as far as the club has said. */
  isErased(memberid: string): boolean
  runtime: Runtime
  log: Logger
}

/** A sensor that is plugged in. */
export interface AttachedSensor {
  readonly device: string
  readonly lane: string
  readonly sensor: FingerSensor
  /** Known once it was checked. */
  epoch?: string
  state: 'checking' | 'ready' | 'refused'
  reason?: string
}

/** As a technician sees it; also sensors that are away and still hold fingers. */
export interface SensorReport {
  device: string
  lane?: string
  state: AttachedSensor['state'] | 'away'
  epoch?: string
  capacity?: number
  fingers: number
  /** Fingers that are to be deleted and are not yet. */
  pending: number
  reason?: string
}

export type Fingers = ReturnType<typeof createFingers>

/** A deletion that the sensor refused is tried again after this long, and whenever the sensor comes back. */
const tidyAgainMs = 60_000
/** What a full disk did not take is written again after this long. */
const diskAgainMs = 5_000

/**
 * The box's fingerprint sensors: which library each one holds, whose finger a slot is, and what is to be deleted. A
 * sensor looks for fingers only after its library was found to be the one that this box knows.
 */
export function createFingers(options: FingersOptions) {
  const { library, runtime, log } = options
  const attached = new Map<string, AttachedSensor>()
  const queues = new Map<string, Promise<unknown>>()
  /** Facts about fingers that the club has not answered yet. */
  const asked = new Set(library.all().flatMap(({ fact }) => (fact === null ? [] : [fact])))
  let cancelTidy: Cancel = () => {}
  let closed = false

  /** Work on one sensor, one after the other. */
  const inTurn = <Result>(device: string, work: () => Promise<Result>): Promise<Result> => {
    const result = (queues.get(device) ?? Promise.resolve()).then(work)
    queues.set(
      device,
      result.catch(() => undefined),
    )
    return result
  }
  const still = (one: AttachedSensor) => !closed && attached.get(one.device) === one
  /** A sensor that fails while it is worked on has lost its connection, or says so itself: it is checked when it is back. */
  const contained = (one: AttachedSensor, work: () => Promise<void>): Promise<void> =>
    inTurn(one.device, async () => {
      if (still(one)) await work()
    }).catch((error: unknown) => {
      if (still(one)) log.warn({ device: one.device, reason: messageOf(error) }, 'the fingerprint sensor could not be worked on')
    })

  const refuse = (one: AttachedSensor, reason: string) => {
    Object.assign(one, { state: 'refused', reason })
    log.warn({ device: one.device, reason }, 'the fingerprint sensor is not used')
    one.sensor.disable(reason)
  }

  const adopt = async (one: AttachedSensor) => {
    const epoch = runtime.uuid()
    // First here: an epoch that no sensor has does no harm, one that this box does not know makes the sensor foreign.
    library.addSensor(epoch, one.device)
    await one.sensor.setEpoch(epoch)
    one.epoch = epoch
    log.info({ device: one.device, epoch }, 'the fingerprint sensor has a new library')
  }

  const use = (one: AttachedSensor) => {
    one.state = 'ready'
    delete one.reason
    one.sensor.identify()
  }

  /** Deletes what is to be deleted; each slot is cleared, by the sensor's own index, before the box forgets it. */
  const clear = async (one: AttachedSensor, slots: readonly number[]) => {
    const { epoch } = one
    if (epoch === undefined) return
    for (const slot of slots) {
      await one.sensor.delete(slot)
      library.drop(epoch, slot)
      log.info({ device: one.device, slot }, 'a finger was deleted from the sensor')
    }
  }

  const check = async (one: AttachedSensor) => {
    one.state = 'checking'
    const epoch = await one.sensor.epoch()
    const used = await one.sensor.usedSlots()
    const known = library.sensors().some((sensor) => sensor.epoch === epoch)
    const verdict = checkSensor({ epoch, used }, epoch !== undefined && known ? library.of(epoch) : undefined)
    if (verdict.is === 'refused') {
      if (verdict.why === 'differs' && epoch !== undefined) one.epoch = epoch
      return refuse(one, refusalText(one.device, verdict))
    }
    const twin = [...attached.values()].find((other) => other !== one && other.epoch !== undefined && other.epoch === epoch)
    if (twin)
      return refuse(one, `it says that it is the sensor which is ${twin.device} already: \`vafa fingers empty ${one.device}\``)
    if (verdict.is === 'fresh') await adopt(one)
    else if (epoch !== undefined) {
      one.epoch = epoch
      library.seenAs(epoch, one.device)
      for (const slot of verdict.gone) library.drop(epoch, slot)
      await clear(one, verdict.clear)
    }
    use(one)
  }

  const tidy = (one: AttachedSensor) =>
    contained(one, async () => {
      const { epoch } = one
      if (one.state !== 'ready' || epoch === undefined) return
      try {
        await clear(
          one,
          library.of(epoch).flatMap(({ slot, state }) => (state === 'deleting' ? [slot] : [])),
        )
      } catch (error) {
        cancelTidy()
        cancelTidy = runtime.after(tidyAgainMs, tidyAll)
        throw error
      }
    })
  const tidyAll = () => {
    for (const one of attached.values()) void tidy(one)
  }

  /** From now on none of these fingers is anybody; they are deleted now, or when their sensor is back. */
  const discard = (fingers: readonly LibraryFinger[], why: string) => {
    if (fingers.length === 0) return
    library.deleting(fingers)
    log.info({ fingers: fingers.length, why }, 'fingers are to be deleted')
    tidyAll()
  }
  /** One that is just being stored is seen to by whoever stores it. */
  const discardErased = () =>
    discard(
      library.all().filter(({ memberid, state }) => state === 'stored' && options.isErased(memberid)),
      'the member asked to be forgotten',
    )

  const named = (device: string): AttachedSensor => {
    const one = attached.get(device)
    if (one) return one
    throw new VafaError({
      key: 'finger.absent',
      message: `no fingerprint sensor “${device}” is connected`,
      hint: '`vafa fingers list` names those that are',
      permanent: false,
    })
  }

  /** A disk that takes nothing now is asked again: it must not end the box's work. */
  function replied(fact: string, reply: Reply): void {
    if (!asked.has(fact)) return
    const finger = library.all().find((one) => one.fact === fact)
    const { status, error } = reply
    try {
      if (finger && status === 'accepted' && error === undefined) library.settle(fact)
      else if (finger) discard([finger], `the club did not take it: ${error?.key ?? status}`)
      asked.delete(fact)
    } catch (cause) {
      log.warn({ reason: messageOf(cause) }, 'what the club said of a finger is not on disk yet')
      runtime.after(diskAgainMs, () => closed || replied(fact, reply))
    }
  }

  discardErased()

  return {
    library,
    inTurn,
    discard,
    attach(device: string, lane: string, sensor: FingerSensor): void {
      const one: AttachedSensor = { device, lane, sensor, state: 'checking' }
      attached.set(device, one)
      void contained(one, () => check(one))
    },
    detach: (device: string): void => void attached.delete(device),
    /** The lane's sensor, if it can be used. */
    readyAt: (lane: string): AttachedSensor | undefined =>
      [...attached.values()].find((one) => one.lane === lane && one.state === 'ready'),
    /** Whose finger the sensor knew, as the credential that a lane takes. */
    seen(device: string, event: Extract<DeviceEvent, { kind: 'finger' }>): DeviceEvent {
      const one = attached.get(device)
      const finger = one?.state === 'ready' && one.epoch !== undefined ? library.find(one.epoch, event.slot) : undefined
      if (finger?.state === 'stored') {
        const value = `${finger.epoch}|${finger.slot}|${finger.enrolmentid}`
        return { kind: 'credential', at: event.at, credential: { kind: 'fingerprint', value } }
      }
      // Nobody's finger in a library that was checked: somebody has changed it since.
      if (one?.state === 'ready' && !finger) void contained(one, () => check(one))
      return { kind: 'refused', at: event.at, key: 'finger.unknown', reason: `slot ${event.slot} is nobody’s` }
    },
    /** A fact about a finger is on disk; the club's answer decides whether it stays. */
    awaits: (fact: string): void => void asked.add(fact),
    /** The club's answer to any fact. A finger that it did not take is nobody's. */
    replied,
    erased: discardErased,
    report(): SensorReport[] {
      const counts = (epoch: string | undefined) => {
        const fingers = epoch === undefined ? [] : library.of(epoch)
        return { fingers: fingers.length, pending: fingers.filter(({ state }) => state === 'deleting').length }
      }
      const there = [...attached.values()].map(
        ({ device, lane, state, epoch, reason, sensor }): SensorReport => ({
          device,
          lane,
          state,
          ...(epoch === undefined ? {} : { epoch }),
          capacity: sensor.capacity,
          ...counts(epoch),
          ...(reason === undefined ? {} : { reason }),
        }),
      )
      const away = library
        .sensors()
        .filter(({ epoch }) => !there.some((one) => one.epoch === epoch))
        .map(({ epoch, device }): SensorReport => ({ device, state: 'away', epoch, ...counts(epoch) }))
      return [...there, ...away.filter(({ fingers }) => fingers > 0)]
    },
    /** Goes on with the fingers that box and sensor both know; all others are deleted here or forgotten there. */
    keep: (device: string): Promise<{ kept: number; deleted: number; forgotten: number }> =>
      inTurn(device, async () => {
        const one = named(device)
        const { epoch } = one
        if (epoch === undefined)
          throw new VafaError({
            key: 'finger.foreign',
            message: `nothing in the sensor “${device}” is known to this box`,
            hint: `\`vafa fingers empty ${device}\` clears it`,
          })
        const used = await one.sensor.usedSlots()
        const expected = library.of(epoch)
        const known = new Set(expected.map(({ slot }) => slot))
        const extra = [...used].filter((slot) => !known.has(slot))
        const missing = expected.filter(({ slot }) => !used.has(slot))
        for (const slot of extra) await one.sensor.delete(slot)
        for (const { slot } of missing) library.drop(epoch, slot)
        await check(one)
        log.warn({ device, deleted: extra.length, forgotten: missing.length }, 'the fingerprint sensor’s library was put right')
        return { kept: library.of(epoch).length, deleted: extra.length, forgotten: missing.length }
      }),
    /** Deletes every finger in the sensor and begins a new library. */
    empty: (device: string): Promise<void> =>
      inTurn(device, async () => {
        const one = named(device)
        one.state = 'checking'
        await one.sensor.empty()
        if (one.epoch !== undefined) library.forgetSensor(one.epoch)
        await adopt(one)
        use(one)
      }),
    close(): void {
      closed = true
      cancelTidy()
    },
  }
}
