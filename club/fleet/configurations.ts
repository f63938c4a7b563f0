import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type ConfigurationOrder, configurationMax, configurationOrder } from '#protocol/configuration.ts'
import { signDocument, signedDocument } from '#protocol/signing.ts'
import type { StoreState } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import type { Broker } from '#runtime/broker.ts'
import { writeDurably } from '#runtime/durable-file.ts'
import { VafaError } from '#runtime/errors.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import type { ProgrammeKey } from '../key-file.ts'
import type { ClubStore } from '../store/store.ts'
import type { BoxStates } from './box-states.ts'
import { readKeptFile } from './kept-file.ts'
import { signingPart } from './signing-part.ts'

/** What head office pushed to a store, and what the box made of it. */
export interface PushedConfigurations {
  /** Newest first; the first one is what the store is to work by. */
  pushed: readonly ConfigurationOrder[]
  /** What the box said last; undefined where it has not spoken since the club started. */
  state: StoreState | undefined
}

/** Head office's hand on the configuration of boxes. */
export interface ConfigurationDesk {
  /** Signs a gateway.yaml as the next version, and gives it to the store; the box finds it also later. */
  pushConfiguration(given: { store: string; text: string; actor: string; healthySeconds: number }): Promise<{ version: number }>
  /** Gives a version that the store had before once more; the one before the last where none is named. */
  rollBackConfiguration(given: {
    store: string
    to?: number | undefined
    actor: string
    healthySeconds: number
  }): Promise<{ version: number }>
  configurations(store: string): Promise<PushedConfigurations>
}

/** A box that is away for longer than this does not take what it finds. */
const goodForMs = 30 * 86_400_000
const keptVersions = 50

const shelf = z.object({
  orders: z.array(configurationOrder),
  current: signedDocument,
  /** Versions that the box once said it worked by: one of them is where a rollback leads. */
  worked: z.array(z.int()).default([]),
})
type Shelf = z.infer<typeof shelf>

export async function openConfigurationDesk(options: {
  /** Where it keeps what it pushed, a file a store. */
  folder: string
  club: string
  stores: readonly string[]
  key: ProgrammeKey
  broker: Pick<Broker, 'publish'>
  states: BoxStates
  act: ClubStore['act']
  runtime: Runtime
}): Promise<ConfigurationDesk> {
  const { folder, club, stores, key, broker, states, act, runtime } = options
  const fileOf = (store: string) => join(folder, `${store}.json`)
  const publish = (store: string, signed: Shelf['current']) =>
    broker.publish({
      topic: storeTopics(club, store).down('configuration'),
      payload: JSON.stringify(signed),
      qos: 1,
      retain: true,
    })
  const read = (store: string): Shelf | undefined => {
    if (!stores.includes(store))
      throw new VafaError({ key: 'store.unknown', message: `the club has no store “${store}”`, hint: 'club.yaml names them' })
    return readShelf(fileOf(store))
  }
  const push = async (order: Omit<ConfigurationOrder, 'id' | 'club' | 'at' | 'expiresat'>) => {
    const signing = signingPart(key)
    const at = isoNow(runtime)
    const expiresat = new Date(runtime.now() + goodForMs).toISOString()
    const whole: ConfigurationOrder = { ...order, id: runtime.uuid(), club, at, expiresat }
    const { store, version, actor } = whole
    const before = read(store)
    // Before it leaves: what was ordered is known also where the box never takes it.
    const data = { store, name: `${order.rollbackof === undefined ? 'configure' : 'roll-back'}-${version}`, expiresat }
    await act([{ id: whole.id, at, actor, type: 'vafa.club.store-commanded.v1', data }])
    const current = signDocument(JSON.stringify(whole), signing, 'configuration')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const orders = [whole, ...(before?.orders ?? [])].slice(0, keptVersions)
    writeDurably(fileOf(store), `${JSON.stringify({ orders, current, worked: before?.worked ?? [] } satisfies Shelf)}\n`)
    await publish(store, current)
    return { version }
  }

  // A box says it every few seconds: its shelf is read once.
  const noted = new Map<string, number>()
  states.onState((store, { configuration }) => {
    const version = configuration?.trial === undefined ? configuration?.version : undefined
    if (version === undefined || noted.get(store) === version) return
    const kept = readShelf(fileOf(store))
    if (!kept) return
    noted.set(store, version)
    if (kept.worked.includes(version)) return
    const worked = [...kept.worked, version].slice(-keptVersions)
    writeDurably(fileOf(store), `${JSON.stringify({ ...kept, worked } satisfies Shelf)}\n`)
  })
  for (const store of stores) {
    const kept = readShelf(fileOf(store))
    if (kept) await publish(store, kept.current)
  }
  return {
    async pushConfiguration({ healthySeconds: healthyseconds, ...given }) {
      if (given.text.length > configurationMax)
        throw new VafaError({
          key: 'configuration.too-large',
          message: `it has ${given.text.length} characters; boxes take ${configurationMax}`,
          hint: 'leave out comments',
        })
      const highest = Math.max(0, ...(read(given.store)?.orders.map(({ version }) => version) ?? []))
      return push({ ...given, healthyseconds, version: highest + 1 })
    },
    async rollBackConfiguration({ to, store, actor, healthySeconds: healthyseconds }) {
      const { orders = [], worked = [] } = read(store) ?? {}
      const inForce = states.of(store)?.configuration?.version ?? orders[0]?.version
      const older = orders.find(({ version }) =>
        to === undefined ? version < (inForce ?? 0) && worked.includes(version) : version === to,
      )
      if (inForce === undefined || !older || older.version >= inForce)
        throw new VafaError({
          key: 'configuration.no-older',
          message: `${store} has ${inForce === undefined ? 'no pushed configuration' : `version ${inForce}`}, and there is no ${to === undefined ? 'older one' : `version ${to} below it`}`,
          hint: '`vafa club config show STORE` lists what was pushed',
        })
      return push({ store, actor, healthyseconds, version: older.version, rollbackof: inForce, text: older.text })
    },
    async configurations(store) {
      return { pushed: read(store)?.orders ?? [], state: states.of(store) }
    },
  }
}

const readShelf = (file: string): Shelf | undefined =>
  readKeptFile(file, {
    schema: shelf,
    key: 'configuration.record',
    hint: 'put it back from a backup, or move it aside: versions then begin anew, and boxes refuse those they know',
  })
