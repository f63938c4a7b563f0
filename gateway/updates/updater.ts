import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '#package' with { type: 'json' }
import { signedDocument } from '#protocol/signing.ts'
import { type UpdateManifest, type UpdateState, type UpdateStatus, updateManifest } from '#protocol/update.ts'
import { backoffMs } from '#runtime/backoff.ts'
import { writeDurably } from '#runtime/durable-file.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { BoxIdentity } from '../identity/identity.ts'
import { downloadPackage } from './download.ts'
import { jsonIn, judgeUpdate, type UpdateVerdict } from './judge.ts'
import { readOutcome, readUpdateKeys, requestFile } from './places.ts'

/** Keeps a box's Vafa up to date, as head office says. */
export interface Updater {
  state(): UpdateState | undefined
  /** What came by `down/update`, unchecked; empty where head office took it back. */
  offered(payload: Uint8Array): void
  /** Tries once more what was offered last. Throws where there is nothing. */
  retry(): UpdateState | undefined
  close(): void
}

export interface UpdaterOptions {
  club: string
  /** Absolute paths. */
  places: { keysFile: string; folder: string; outcomeFile: string }
  /** Installs, where no systemd looks at the folder. */
  command?: readonly string[] | undefined
  /** Where packages are, and what the box shows there; undefined where it has no certificate. */
  source: (() => { url: URL; identity: BoxIdentity }) | undefined
  /** As Debian calls it. */
  architecture: string
  runtime: Runtime
  log: Logger
  /** The state is another one now. */
  onState(): void
}

const downloadTries = 8
const backoff = { floorMs: 2_000, capMs: 300_000 }
const outcomeLookMs = 1_000
/** Whoever installs says so at once. */
const installBeginsMs = 60_000

type Taken = Extract<UpdateVerdict, { take: unknown }>

export function openUpdater(options: UpdaterOptions): Updater {
  const { club, places, source, architecture, runtime, log } = options
  const end = new AbortController()
  /** What head office offers: a signed document, as it came. */
  let offer: unknown
  let current: UpdateState | undefined
  let busy = false
  let cancel: Cancel = () => {}

  const say = ({ id, version }: Pick<UpdateManifest, 'id' | 'version'>, status: UpdateStatus, reason?: string) => {
    const at = new Date(runtime.now()).toISOString()
    current = { id, version, status, ...(reason === undefined ? {} : { reason: reason.slice(0, 2_000) }), at }
    log[status === 'failed' || status === 'refused' ? 'error' : 'info']({ update: current }, 'update')
    options.onState()
  }
  const adopt = (): UpdateState | undefined => {
    const outcome = readOutcome(places.outcomeFile)
    if (!outcome) return undefined
    const { from: _, ...state } = outcome
    return state
  }
  const settled = ({ status }: UpdateState) => status !== 'installing' && status !== 'downloading'

  /** Watches what becomes of an installation, until it is through; what was said before `begunAt` is of an earlier try. */
  const follow = (id: string, { since, begunAt }: { since: number; begunAt: string }) => {
    cancel = runtime.after(outcomeLookMs, () => {
      const said = adopt()
      const outcome = said?.id === id && said.at >= begunAt ? said : undefined
      if (outcome && (outcome.status !== current?.status || outcome.reason !== current.reason)) {
        current = outcome
        log.info({ update: current }, 'update')
        options.onState()
      }
      if (outcome && settled(outcome)) {
        busy = false
        return
      }
      if (!outcome && runtime.monotonic() > since + installBeginsMs && current) {
        busy = false
        return say(current, 'failed', 'nobody installs here: is vafa-update.path enabled (docs/updates.md)?')
      }
      follow(id, { since, begunAt })
    })
  }

  const stillOffered = ({ id }: UpdateManifest) => namedIn(offer)?.id === id

  const install = (signed: unknown, manifest: UpdateManifest) => {
    const begunAt = new Date(runtime.now()).toISOString()
    say(manifest, 'installing')
    writeDurably(requestFile(places.folder), JSON.stringify({ signed }))
    const [program, ...args] = options.command ?? []
    if (program !== undefined) {
      // It outlives this process, which it replaces, and so has a log of its own.
      const out = openSync(join(places.folder, 'install.log'), 'w', 0o600)
      const child = spawn(program, args, { detached: true, stdio: ['ignore', out, out] })
      closeSync(out)
      child.on('error', (error) => say(manifest, 'failed', `${program} cannot be started: ${messageOf(error)}`))
      child.unref()
    }
    follow(manifest.id, { since: runtime.monotonic(), begunAt })
  }

  const bring = async (signed: unknown, { take, package: found }: Taken, attempt: number): Promise<void> => {
    if (!source) {
      busy = false
      return say(take, 'refused', 'the box has no certificate of the club: packages come by that only')
    }
    try {
      await downloadPackage({ ...source(), ...found, folder: places.folder, signal: end.signal })
    } catch (error) {
      if (end.signal.aborted) return
      busy = stillOffered(take) && attempt + 1 < downloadTries && !(error instanceof VafaError && error.permanent)
      if (!busy) return say(take, 'failed', messageOf(error))
      log.warn({ reason: messageOf(error), attempt }, 'the update was not brought; it is tried again')
      const waitMs = backoffMs({ attempt, ...backoff, random: runtime.random })
      cancel = runtime.after(waitMs, () => attend(signed, { take, package: found }, attempt + 1))
      return
    }
    // Head office may have taken it back meanwhile.
    if (stillOffered(take)) return install(signed, take)
    busy = false
    say(take, 'failed', 'head office took it back')
  }

  /** Whatever goes wrong with an update, the sales go on. */
  const attend = (signed: unknown, taken: Taken, attempt = 0) => {
    bring(signed, taken, attempt).catch((error: unknown) => {
      busy = false
      say(taken.take, 'failed', messageOf(error))
    })
  }

  const judged = (signed: unknown): UpdateVerdict => {
    try {
      const keys = readUpdateKeys(places.keysFile)
      return judgeUpdate(signed, { keys, version: packageJson.version, architecture, now: runtime.now() })
    } catch (error) {
      return { refuse: messageOf(error) }
    }
  }

  const begin = (signed: unknown): void => {
    offer = signed
    const verdict = judged(signed)
    if ('refuse' in verdict) {
      const named = verdict.manifest ?? namedIn(signed)
      if (named) say(named, 'refused', verdict.refuse)
      else log.error({ reason: verdict.refuse }, 'an update was refused')
      return
    }
    const manifest = 'has' in verdict ? verdict.has : verdict.take
    if (manifest.club !== club) return void say(manifest, 'refused', `it is of the club ${manifest.club}`)
    if ('has' in verdict) return void say(manifest, 'done')
    busy = true
    say(manifest, 'downloading')
    attend(signed, verdict)
  }

  current = adopt()
  if (current && !settled(current)) {
    busy = true
    follow(current.id, { since: runtime.monotonic(), begunAt: '' })
  }
  return {
    state: () => current,
    offered(payload) {
      const signed = payload.length === 0 ? undefined : jsonIn(new TextDecoder().decode(payload))
      const known = current !== undefined && namedIn(signed)?.id === current.id
      // Taken back, or said again, as the broker does at each connection.
      if (signed === undefined || known) offer = signed
      else whenFree(() => begin(signed))
    },
    retry() {
      if (offer === undefined) throw new VafaError({ key: 'update.none', message: 'head office offers no update to this box' })
      if (busy) throw new VafaError({ key: 'box.busy', message: 'an update is under way', permanent: false })
      begin(offer)
      return current
    },
    close() {
      end.abort()
      cancel()
    },
  }

  /** Once what is under way is through. */
  function whenFree(then: () => void): void {
    if (!busy) return void then()
    runtime.after(outcomeLookMs, () => {
      if (!end.signal.aborted) whenFree(then)
    })
  }
}

/** What a document calls itself, whoever signed it. */
function namedIn(signed: unknown): Pick<UpdateManifest, 'id' | 'version'> | undefined {
  const document = signedDocument.safeParse(signed).data?.document
  return document === undefined ? undefined : updateManifest.pick({ id: true, version: true }).safeParse(jsonIn(document)).data
}

/** A box that takes no updates says so to whoever offers one. */
export function refuseUpdates({ runtime, onState }: Pick<UpdaterOptions, 'runtime' | 'onState'>): Updater {
  const reason = '`updates` does not stand in gateway.yaml of this box: it takes none (docs/updates.md)'
  let current: UpdateState | undefined
  return {
    state: () => current,
    offered(payload) {
      const named = namedIn(jsonIn(new TextDecoder().decode(payload)))
      if (!named || named.id === current?.id) return
      current = { ...named, status: 'refused', reason, at: new Date(runtime.now()).toISOString() }
      onState()
    },
    retry() {
      throw new VafaError({ key: 'update.off', message: reason })
    },
    close: () => {},
  }
}
