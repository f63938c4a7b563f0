import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BoxDisk, openGatewayDatabase } from '#gateway/database.ts'
import { openOutbox } from '#gateway/outbox.ts'
import type { Seal } from '#gateway/sealing/seal.ts'
import type { Reply } from '#protocol/reply.ts'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { type Quantiles, quantilesOf } from './quantiles.ts'

export interface SealingFigures {
  sales: number
  /** Microseconds from a fact's commit until it is on the disk, sealed, and as it is; in turns, on the same disk. */
  sealed: Quantiles
  plain: Quantiles
  /** Microseconds of work for what one sale leaves on the disk: key of its order, fact, reply. */
  work: number
}

const rounds = 10

/** What the box's key costs a sale: a fact of 1,000 bytes is committed and answered with 2,000, sealed and plain in turns. */
export async function benchSealing({ sales }: { sales: number }): Promise<SealingFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-bench-'))
  const disks = { sealed: openGatewayDatabase(join(folder, 'sealed.sqlite')), plain: unsealed(join(folder, 'plain.sqlite')) }
  const outboxes = { sealed: outboxOf(disks.sealed), plain: outboxOf(disks.plain) }
  const times = { sealed: [] as number[], plain: [] as number[] }
  try {
    const each = Math.max(1, Math.ceil(sales / rounds))
    for (let round = 0; round < rounds; round += 1)
      for (const how of ['plain', 'sealed'] as const)
        for (let n = 0; n < each; n += 1) {
          const id = systemRuntime.uuid()
          const began = performance.now()
          await outboxes[how].commit([
            { id, type: 'vafa.sale.completed.v1', lane: 'lane-1', orderkey: 'k'.repeat(43), saleid: id, envelope: fact },
          ])
          times[how].push((performance.now() - began) * 1_000)
          outboxes[how].settle(id, { ...answer, inReplyTo: id })
        }
    return {
      sales: times.sealed.length,
      sealed: quantilesOf(times.sealed),
      plain: quantilesOf(times.plain),
      work: workOf(disks.sealed.seal, times.sealed.length),
    }
  } finally {
    for (const outbox of Object.values(outboxes)) outbox.close()
    for (const { database } of Object.values(disks)) database.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const fact = { data: { basket: 'x'.repeat(950) } }
const answer: Reply = {
  inReplyTo: '',
  revision: 1,
  status: 'accepted',
  effects: [],
  prompts: [{ fa: 'x'.repeat(1_800), en: '' }] as unknown as Reply['prompts'],
  decidedBy: 'club',
  programmeVersion: 1,
}

const outboxOf = (disk: BoxDisk) => openOutbox({ ...disk, runtime: systemRuntime, log: silentLogger, onCommitted: () => {} })

/** The same database without the work of sealing. */
function unsealed(path: string): BoxDisk {
  const { database, seal } = openGatewayDatabase(path)
  const plain: Seal = {
    header: seal.header,
    seal: (_, value) => Buffer.from(value as string),
    open: (_, value) => Buffer.from(value),
  }
  return { database, seal: plain }
}

function workOf(seal: Seal, count: number): number {
  const values = [Buffer.alloc(43, 'k'), Buffer.from(JSON.stringify(fact)), Buffer.from(JSON.stringify(answer))]
  const began = performance.now()
  for (let n = 0; n < count; n += 1) for (const value of values) seal.seal(`outbox.body ${n}`, value)
  return ((performance.now() - began) * 1_000) / count
}
