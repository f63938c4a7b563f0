import { createHash } from 'node:crypto'
import { copyFileSync, createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type SignedDocument, signDocument, signedDocument, verifyDocument } from '#protocol/signing.ts'
import { storeTopics } from '#protocol/topics.ts'
import { type UpdateManifest, updateManifest } from '#protocol/update.ts'
import type { Broker } from '#runtime/broker.ts'
import { writeDurably } from '#runtime/durable-file.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { type Cancel, isoNow, type Runtime } from '#runtime/runtime.ts'
import type { ProgrammeKey } from '../key-file.ts'
import type { ClubStore } from '../store/store.ts'
import type { BoxStates } from './box-states.ts'
import { readKeptFile } from './kept-file.ts'
import { advance, offeredTo, progressOf, type Rollout, type StoreLine } from './rollout.ts'
import { signingPart } from './signing-part.ts'

export interface UpdateStanding {
  manifest: UpdateManifest
  rollout: Rollout
  stores: StoreLine[]
}

export type UpdateDraft = Pick<UpdateManifest, 'version' | 'older' | 'actor' | 'stages' | 'healthyseconds'>

/** Head office's hand on the version that boxes run. */
export interface UpdateDesk {
  /**
   * Begins with the first stage. `files`: packages on this machine, which the club copies. Signed with the club's key, or
   * `signed` already, by a key of its own for updates.
   */
  startUpdate(
    given: { files: { path: string; architecture: 'amd64' | 'arm64' }[] } & ({ draft: UpdateDraft } | { signed: SignedDocument }),
  ): Promise<UpdateStanding>
  /** The last one; null where there was none. */
  update(): Promise<UpdateStanding | null>
  /** No further store gets it. */
  haltUpdate(given: { actor: string }): Promise<UpdateStanding>
  /** Goes on after a halt: the stores that were in trouble are let pass. */
  resumeUpdate(given: { actor: string }): Promise<UpdateStanding>
}

/** So long after a box has spoken it is looked whose turn is next. */
const stepMs = 200

/** A box that is away for longer does not take what it finds. */
export const updateGoodForMs = 30 * 86_400_000

const kept = z.object({
  signed: signedDocument,
  rollout: z.object({ stage: z.int().min(0), halted: z.string().optional(), passed: z.array(z.string()).readonly() }),
  /** Stores whose turn was journalled. */
  told: z.array(z.string()),
})
type Kept = z.infer<typeof kept>

const none = () =>
  new VafaError({ key: 'update.none', message: 'there is no update', hint: '`vafa club update start` begins one' })

export async function openUpdateDesk(options: {
  /** Where packages and the rollout are kept. */
  folder: string
  club: string
  stores: readonly string[]
  key: ProgrammeKey
  broker: Pick<Broker, 'publish'>
  states: BoxStates
  act: ClubStore['act']
  runtime: Runtime
  log: Logger
}): Promise<UpdateDesk & { close(): Promise<void> }> {
  const { folder, club, stores, key, broker, states, act, runtime, log } = options
  const file = join(folder, 'rollout.json')
  let current = readKept(file)
  const offered = new Set<string>()
  /** One step after the other. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }

  const manifestOf = ({ signed }: Kept): UpdateManifest => updateManifest.parse(JSON.parse(signed.document))
  const seen = (one: Kept) => ({ manifest: manifestOf(one), stores, stateOf: states.of })
  const standing = (one: Kept): UpdateStanding => ({
    manifest: manifestOf(one),
    rollout: one.rollout,
    stores: progressOf(one.rollout, seen(one)),
  })
  const save = (next: Kept) => {
    writeDurably(file, `${JSON.stringify(next)}\n`)
    current = next
  }
  const order = (store: string, name: string, actor: string, expiresat: string) => {
    const data = { store, name, expiresat }
    return act([{ id: runtime.uuid(), at: isoNow(runtime), actor, type: 'vafa.club.store-commanded.v1', data }])
  }
  const publish = (store: string, signed: SignedDocument | undefined) =>
    broker.publish({
      topic: storeTopics(club, store).down('update'),
      payload: signed === undefined ? '' : JSON.stringify(signed),
      qos: 1,
      retain: true,
    })

  /** Looks where it stands, and gives it to whose turn has come. */
  const step = async () => {
    if (!current) return
    const { signed, rollout: before } = current
    const rollout = advance(before, seen(current))
    if (JSON.stringify(rollout) !== JSON.stringify(before)) save({ ...current, rollout })
    const { version, actor, expiresat, stages } = manifestOf(current)
    if (rollout.halted !== undefined && before.halted === undefined)
      log.error({ version, why: rollout.halted }, 'the update is halted')
    if (rollout.stage > before.stage)
      log.info({ version, stage: stages[rollout.stage]?.name }, 'the next stage of the update begins')
    const now = new Set(offeredTo(rollout, seen(current)))
    for (const store of now) {
      if (offered.has(store)) continue
      // Before it leaves: what was ordered is known also where the box never takes it.
      if (!current.told.includes(store)) {
        await order(store, `update-${version.replaceAll('.', '-')}`, actor, expiresat)
        save({ ...current, told: [...current.told, store] })
      }
      offered.add(store)
      await publish(store, signed)
    }
    for (const store of offered) {
      if (now.has(store)) continue
      offered.delete(store)
      await publish(store, undefined)
    }
  }
  const stepLogged = () =>
    inTurn(step).catch((error: unknown) => log.error({ reason: messageOf(error) }, 'the update does not go on'))

  // Brokers that keep what was said before a restart would give it to stores whose turn is not now.
  for (const store of stores) if (current) await publish(store, undefined)
  await step()
  let cancelStep: Cancel | undefined
  states.onState(() => {
    // All stores are looked at in each step, and of ten thousand boxes each speaks every ten seconds.
    if (!current) return
    cancelStep ??= runtime.after(stepMs, () => {
      cancelStep = undefined
      void stepLogged()
    })
  })

  return {
    startUpdate: (given) =>
      inTurn(async () => {
        if (
          current &&
          current.rollout.halted === undefined &&
          standing(current).stores.some(({ progress }) => progress !== 'done' && progress !== 'away')
        )
          throw new VafaError({
            key: 'update.running',
            message: `version ${manifestOf(current).version} is under way`,
            hint: '`vafa club update halt` ends it',
          })
        const packages: UpdateManifest['packages'] = []
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        for (const { path, architecture } of given.files)
          packages.push({ architecture, sha256: await takeIn(path, folder), size: statSync(path).size })
        const signed = 'signed' in given ? given.signed : sign(given.draft, packages)
        const manifest = checked(signed)
        for (const one of manifest.packages)
          if (!existsSync(join(folder, `${one.sha256}.deb`)))
            throw new VafaError({
              key: 'update.package',
              message: `no file is the package for ${one.architecture} that was signed`,
            })
        for (const name of readdirSync(folder))
          if (name.endsWith('.deb') && !manifest.packages.some(({ sha256 }) => name.startsWith(sha256)))
            rmSync(join(folder, name))
        for (const store of offered) await publish(store, undefined)
        offered.clear()
        const fresh: Kept = { signed, rollout: { stage: 0, passed: [] }, told: [] }
        save(fresh)
        await step()
        return standing(current ?? fresh)
      }),
    update: async () => (current ? standing(current) : null),
    haltUpdate: ({ actor }) =>
      inTurn(async () => {
        if (!current) throw none()
        save({ ...current, rollout: { ...current.rollout, halted: current.rollout.halted ?? `by ${actor}` } })
        await step()
        return standing(current)
      }),
    resumeUpdate: ({ actor }) =>
      inTurn(async () => {
        if (!current) throw none()
        const { halted: _, ...rollout } = current.rollout
        const troubled = standing(current).stores.flatMap(({ store, progress }) => (progress === 'in trouble' ? [store] : []))
        log.warn({ actor, troubled }, 'the update goes on; the stores in trouble are let pass')
        save({ ...current, rollout: { ...rollout, passed: [...new Set([...rollout.passed, ...troubled])] } })
        await step()
        return standing(current)
      }),
    async close() {
      cancelStep?.()
      await turn
    },
  }

  function sign(draft: UpdateDraft, packages: UpdateManifest['packages']): SignedDocument {
    const expiresat = new Date(runtime.now() + updateGoodForMs).toISOString()
    const manifest: UpdateManifest = { ...draft, id: runtime.uuid(), club, at: isoNow(runtime), expiresat, packages }
    return signDocument(JSON.stringify(manifest), signingPart(key), 'update')
  }

  function checked(signed: SignedDocument): UpdateManifest {
    // A key of its own for updates is not the club's: boxes judge by what root trusts there.
    if (verifyDocument(signed, [key], 'update') === 'forged')
      throw new VafaError({
        key: 'update.forged',
        message: `the manifest is not signed with the key “${key.keyid}” that it names`,
      })
    const read = updateManifest.safeParse(JSON.parse(signed.document))
    const unknown = read.data?.stages.flatMap((stage) => stage.stores).find((store) => !stores.includes(store))
    const issue = read.error?.issues[0]
    const reason = issue ? `${issue.path.join('.')}: ${issue.message}` : unknown && `the club has no store “${unknown}”`
    if (read.data && read.data.club !== club)
      throw new VafaError({ key: 'update.invalid', message: `the manifest is of ${read.data.club}` })
    if (!read.data || reason) throw new VafaError({ key: 'update.invalid', message: `the manifest is not right: ${reason}` })
    return read.data
  }
}

/** Copies a package in, under its hash. */
async function takeIn(path: string, folder: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    const copy = join(folder, 'incoming')
    copyFileSync(path, copy)
    for await (const chunk of createReadStream(copy)) hash.update(chunk as Buffer)
    const sha256 = hash.digest('hex')
    renameSync(copy, join(folder, `${sha256}.deb`))
    return sha256
  } catch (cause) {
    throw new VafaError({
      key: 'update.package',
      message: `cannot take ${path}: ${messageOf(cause)}`,
      hint: 'the club reads it itself: may its user? As a service it has a /tmp and a /var/tmp of its own: lay packages elsewhere',
      cause,
    })
  }
}

const readKept = (file: string): Kept | undefined =>
  readKeptFile(file, {
    schema: kept,
    key: 'update.record',
    hint: 'move it aside and start the update anew; boxes that have it say so',
  })
