import { randomBytes } from 'node:crypto'
import { createClubClock } from '#gateway/clock.ts'
import { gatewayMigrations } from '#gateway/database.ts'
import { createEnvelopes } from '#gateway/envelopes.ts'
import { openOutbox } from '#gateway/outbox.ts'
import { boxKeyOf, createSeal } from '#gateway/sealing/seal.ts'
import { openUplink } from '#gateway/uplink.ts'
import packageJson from '#package' with { type: 'json' }
import type { MessageData } from '#protocol/messages.ts'
import type { ReplyStatus } from '#protocol/reply.ts'
import { silentLogger } from '#runtime/log.ts'
import type { MqttLogin } from '#runtime/mqtt-client.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { openDatabase } from '#runtime/sqlite.ts'

/** Who a simulated box is, and where its club is. */
export interface FleetBoxPlan {
  store: string
  login: MqttLogin
}

export interface FleetBox {
  readonly store: string
  /** Commits a purchase to its outbox, from which it goes to the club; resolves when the club has answered. */
  sell(data: MessageData<'vafa.sale.completed.v1'>): Promise<ReplyStatus>
  close(): Promise<void>
}

/**
 * A box without devices and lanes: a real one's outbox, envelopes and line to the club. Only its disk is memory, and what
 * the club sends down it does not look at.
 */
export function openFleetBox(options: {
  plan: FleetBoxPlan
  club: string
  url: string
  bootid: string
  onProof(state: 'online' | 'offline'): void
}): FleetBox {
  const { club, url, bootid, onProof } = options
  const { store, login } = options.plan
  const runtime = systemRuntime
  const database = openDatabase(':memory:', gatewayMigrations)
  const seal = createSeal([boxKeyOf(randomBytes(32))])
  const clock = createClubClock(runtime)
  const awaited = new Map<string, (status: ReplyStatus) => void>()
  const outbox = openOutbox({ database, seal, runtime, log: silentLogger, onCommitted: (rows) => uplink.committed(rows) })
  const envelopes = createEnvelopes({ store, boxid: outbox.boxid, bootid, clock, runtime })
  const uplink = openUplink({
    ...{ club, store, url, clock, runtime, outbox, envelopes, onProof },
    login: () => login,
    log: silentLogger,
    version: packageJson.version,
    onFactReply(id, { status }) {
      awaited.get(id)?.(status)
      awaited.delete(id)
    },
    onDown: () => {},
    programme: () => ({}),
    onCommand: async () => '{}',
  })
  return {
    store,
    async sell(data) {
      const fact = envelopes.fact('vafa.sale.completed.v1', data, { lane: 'lane-1', device: 'till', orderkey: data.saleid })
      const answered = new Promise<ReplyStatus>((resolve) => awaited.set(fact.id, resolve))
      await outbox.commit([fact])
      return answered
    },
    async close() {
      await uplink.close()
      outbox.close()
      database.close()
    },
  }
}
