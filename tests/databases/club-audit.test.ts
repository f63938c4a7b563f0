import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type AuditReport, auditBooks } from '#club/audit/audit.ts'
import { openSqliteSnapshot } from '#club/store/sqlite-snapshot.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { createPlayer, histories, historySettings } from './random-history.ts'

const inFolder = async <T>(work: (path: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-audit-'))
  try {
    return await work(join(folder, 'club.sqlite'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const open = (path: string) => openSqliteStore({ ...historySettings, path, uuid: systemRuntime.uuid })
const audit = async (path: string, through?: Parameters<typeof auditBooks>[0]['through']): Promise<AuditReport> => {
  const { engine, openFresh, close } = openSqliteSnapshot(path)
  try {
    return await auditBooks({ books: engine, fresh: openFresh, ...(through ? { through } : {}) })
  } finally {
    await close()
  }
}

it('any history is decided again byte for byte, also beside the running club', async () => {
  await fc.assert(
    fc.asyncProperty(histories(), async (batches) =>
      inFolder(async (path) => {
        const store = await open(path)
        const { play } = createPlayer(store)
        for (const steps of batches) await play(steps)
        const running = await audit(path)
        expect(running.finding).toBeUndefined()
        await store.close()
        expect(await audit(path)).toEqual(running)
      }),
    ),
    { numRuns: 25 },
  )
})
