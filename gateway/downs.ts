import type { Programme } from '#programme/schema.ts'
import { erasedDown, isErasedPart } from '#protocol/erasures.ts'
import { isRegularsPart } from '#protocol/regulars.ts'
import type { SealingPublicKey } from '#protocol/sealing.ts'
import type { VerifyingKey } from '#protocol/signing.ts'
import { keysDown, type ProgrammeState } from '#protocol/state.ts'
import { messageOf } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { Database } from '#runtime/sqlite.ts'
import { createCatalogue } from './catalogue.ts'
import type { ClubClock } from './clock.ts'
import { createProgrammes } from './programmes.ts'
import type { Refusal } from './signed-programmes.ts'

export type Downs = ReturnType<typeof openDowns>

export interface DownsOptions {
  database: Database
  /** The club's public keys: what none of them signed is no programme. */
  programmeKeys: readonly VerifyingKey[]
  clock: ClubClock
  runtime: Runtime
  log: Logger
  /** The store's state says something else: of programmes, or of the key for tokens. */
  onState(): void
  /** The club sent keys for tokens; the reason where they are refused. */
  onTokenKeys(json: unknown): string | undefined
  /** The club named members who asked to be forgotten. */
  onErased(): void
  /** Regulars of the store, kept apart since they are personal; the reason where they are refused. */
  onRegulars(json: unknown): string | undefined
}

/** The clock may be set while a timer runs: so the next programme's instant is looked at again and again. */
const lookAgainMs = 60_000

/**
 * What the club sends down (`down/{what}`), checked before it is used and kept on disk for the time when the club
 * cannot be reached. A message that is not valid changes nothing.
 */
export function openDowns(options: DownsOptions) {
  const { database, clock, runtime, log } = options
  const save = database.prepare('INSERT OR REPLACE INTO down (what, at, body) VALUES (?, ?, ?)')
  const programmes = createProgrammes({ keys: options.programmeKeys })
  const catalogue = createCatalogue()
  const erased = new Set<string>()
  let sealingKey: SealingPublicKey | undefined
  let cancelWatch: Cancel = () => {}

  const programmeState = (): ProgrammeState => programmes.state(clock.now())

  /** Waits for the next programme's instant, to tell of it: that it decides from then on needs no timer. */
  const watchNext = () => {
    cancelWatch()
    const { next } = programmeState()
    if (!next) return
    cancelWatch = runtime.after(Math.min(Date.parse(next.from) - clock.now(), lookAgainMs), () => {
      const { version, next: still } = programmeState()
      if (still) return watchNext()
      log.info({ version }, 'the next programme is in force')
      options.onState()
    })
  }

  const warnOf = ({ key, reason }: Refusal, from: string) =>
    log.warn(
      { what: 'programme', key, reason, version: programmeState().version },
      `a programme from the ${from} was refused; what was here decides on`,
    )

  const acceptProgramme = (body: string): void => {
    const fault = programmes.accept(jsonOf(body), { now: clock.now(), trusted: clock.trust() !== 'unsynced' })
    if (fault) warnOf(fault, 'club')
    else {
      log.info(programmeState(), 'the club sent its programme')
      watchNext()
    }
    options.onState()
    if (!fault) save.run('programme', runtime.now(), programmes.kept())
  }

  /** Takes what is no programme into use; the reason where it is refused. */
  const use = (what: string, json: unknown): string | undefined => {
    if (/^catalogue(?:-\d+)?$/.test(what)) return catalogue.accept(json)
    if (isErasedPart(what)) {
      const { data, error } = erasedDown.safeParse(json)
      if (!data) return error.issues[0]?.message ?? 'invalid'
      for (const memberid of data.memberids) erased.add(memberid)
      return undefined
    }
    if (what === 'token-keys') return options.onTokenKeys(json)
    if (what !== 'keys') return `this box does not know down/${what}`
    const read = keysDown.safeParse(json)
    if (!read.success) return read.error.issues[0]?.message ?? 'invalid'
    sealingKey = read.data.sealing
    return undefined
  }

  if (options.programmeKeys.length === 0)
    log.warn('programmeKeys in gateway.yaml is empty: the box takes no programme and promises no credit while the line is down')
  for (const { what, body } of database.prepare<[], { what: string; body: string }>('SELECT what, body FROM down').all()) {
    if (what === 'programme') {
      const fault = programmes.restore(jsonOf(body), clock.now())
      if (fault) warnOf(fault, 'disk')
    } else {
      const reason = use(what, jsonOf(body))
      if (reason) log.warn({ what, reason }, 'what the disk holds from the club is not valid here; it waits for the club’s next')
    }
  }
  watchNext()

  return {
    /** The rules for what happened at an instant (ISO 8601): those of `version` if the box has them. */
    programmeFor(instant: string, version?: number): Programme | undefined {
      const pinned = version === undefined ? undefined : programmes.ofVersion(version)
      return pinned ?? programmes.at(Date.parse(instant))
    },
    programmeState,
    sealingKey: () => sealingKey,
    /** Whether a member asked to be forgotten, as far as the club has said. */
    isErased: (memberid: string): boolean => erased.has(memberid),
    /** What the chain says of its products. */
    products: catalogue.products,
    accept(what: string, payload: Buffer): void {
      try {
        // The club takes back what it has retained.
        if (payload.length === 0) return
        const body = payload.toString('utf8')
        if (what === 'programme') {
          acceptProgramme(body)
          return
        }
        const regulars = isRegularsPart(what)
        const reason = regulars ? options.onRegulars(jsonOf(body)) : use(what, jsonOf(body))
        if (reason) log.warn({ what, reason }, 'a message from the club was refused')
        else if (!regulars) save.run(what, runtime.now(), body)
        if (what === 'token-keys') options.onState()
        if (isErasedPart(what)) options.onErased()
      } catch (error) {
        log.warn({ what, reason: messageOf(error) }, 'a message from the club could not be kept')
      }
    },
    close: () => cancelWatch(),
  }
}

/** Undefined where it is no JSON, which no schema here takes. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
