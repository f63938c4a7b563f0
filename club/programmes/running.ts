import type { Programme } from '#programme/schema.ts'
import type { ProgrammeDown } from '#protocol/state.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { type Cancel, isoNow, type Runtime } from '#runtime/runtime.ts'
import type { ProgrammeKey } from '../key-file.ts'
import { readClubProgramme, type SignedProgramme, signProgrammeText, textOfProgramme } from './files.ts'
import type { PublishedTexts } from './published.ts'
import { checkSchedule, inForceAt, nextFrom, type Schedule, withPublished } from './schedule.ts'

/** Where the club's programmes are read from: absolute paths. */
export interface ProgrammeFiles {
  programme: string
  nextProgramme?: string | undefined
}

export interface ProgrammeShown {
  version: number
  text: string
}

export interface RunningProgrammes {
  /** The programmes as they stand in the files, whether the next one's time has come or not. */
  schedule(): Schedule
  /** What decides now. */
  inForce(): Programme
  /** What stores are to hold now. */
  down(): ProgrammeDown
  /**
   * Reads the files again. What is wrong changes nothing: it is logged with the lines that are wrong, and returned.
   */
  reload(files: ProgrammeFiles): VafaError | undefined
  /** The same, with the files of before: something was published. */
  reloadPublished(): VafaError | undefined
  /** What decides now and what follows, as YAML; `from`: milliseconds since 1970. */
  texts(): { current: ProgrammeShown; next?: ProgrammeShown & { from: number } }
  /** From now on says when stores are to hold others: the next one's time has come, or the files were read again. */
  watch(onChange: () => void): void
  close(): void
}

/** The clock may be set while a timer runs: so the next programme's instant is looked at again and again. */
const lookAgainMs = 60_000

/** Reads the club's programmes. Throws a `VafaError` where the files are wrong. */
export function runProgrammes(options: {
  files: ProgrammeFiles
  key: ProgrammeKey
  /** What head office has published from a page; the highest version counts, wherever it is from. */
  published?: () => PublishedTexts
  runtime: Runtime
  log: Logger
}): RunningProgrammes {
  const { key, published = (): PublishedTexts => ({}), runtime, log } = options
  let files = options.files
  /** Signed programme → its text. */
  const texts = new WeakMap<SignedProgramme, string>()
  let changed = () => {}
  let cancelWatch: Cancel = () => {}

  const read = ({ programme, nextProgramme }: ProgrammeFiles, running?: Programme): Schedule<SignedProgramme> => {
    const fromFile = (file: string) => {
      const signed = readClubProgramme(file, key)
      texts.set(signed, textOfProgramme(file, signed))
      return signed
    }
    const fromText = ({ version, text }: { version: number; text: string }) => {
      const signed = signProgrammeText(text, `programme version ${version}`, key)
      texts.set(signed, text)
      return signed
    }
    const own = { current: fromFile(programme), ...(nextProgramme === undefined ? {} : { next: fromFile(nextProgramme) }) }
    const { current, next } = published()
    const fresh = withPublished(
      own,
      [current, next].flatMap((one) => (one ? [fromText(one)] : [])),
      runtime.now(),
    )
    checkSchedule(documents(fresh), { now: runtime.now(), ...(running ? { running } : {}) })
    return fresh
  }
  let held = read(files)

  const inForce = (): SignedProgramme => {
    const { current, next } = held
    return next && inForceAt([current.programme, next.programme], isoNow(runtime)) === next.programme ? next : current
  }
  const versions = () => {
    const { next } = held
    const pending = next && nextFrom(documents(held), runtime.now()) !== undefined
    return {
      programme: inForce().programme.version,
      ...(pending ? { next: next.programme.version, from: next.programme.inForceFrom } : {}),
    }
  }

  const watchNext = () => {
    cancelWatch()
    const from = nextFrom(documents(held), runtime.now())
    if (from === undefined) return
    cancelWatch = runtime.after(Math.min(from - runtime.now(), lookAgainMs), () => {
      if (nextFrom(documents(held), runtime.now()) !== undefined) return watchNext()
      log.info(versions(), 'the next programme is in force')
      changed()
    })
  }

  return {
    schedule: () => documents(held),
    inForce: () => inForce().programme,
    down() {
      const { current, next } = held
      const deciding = inForce()
      return deciding === current && next ? { current: current.signed, next: next.signed } : { current: deciding.signed }
    },
    reload(given) {
      try {
        held = read(given, inForce().programme)
        files = given
      } catch (error) {
        if (!(error instanceof VafaError)) throw error
        const { key: errorKey, message, hint } = error
        log.error({ key: errorKey, reason: message, hint, ...versions() }, 'the programmes were not taken; those that run go on')
        return error
      }
      log.info(versions(), 'the programmes were read again')
      watchNext()
      changed()
      return undefined
    },
    reloadPublished() {
      return this.reload(files)
    },
    texts() {
      const { next } = held
      const shown = (one: SignedProgramme) => ({ version: one.programme.version, text: texts.get(one) ?? '' })
      const from = nextFrom(documents(held), runtime.now())
      return { current: shown(inForce()), ...(next && from !== undefined ? { next: { ...shown(next), from } } : {}) }
    },
    watch(onChange) {
      changed = onChange
      watchNext()
    },
    close: () => cancelWatch(),
  }
}

const documents = ({ current, next }: Schedule<SignedProgramme>): Schedule => ({
  current: current.programme,
  ...(next ? { next: next.programme } : {}),
})
