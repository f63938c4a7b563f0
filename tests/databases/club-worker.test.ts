import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startWorkerStore, type WorkerStore } from '#club/store/worker-client.ts'
import { arrivalOf, card, createBox, repliesOf, start } from './club-messages.ts'
import { storeSettings } from './store-settings.ts'

let folder: string
let store: WorkerStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
  store = await startWorkerStore({ ...storeSettings, path: join(folder, 'club.sqlite') })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

describe("the club's books in a worker thread", () => {
  it('take batches, answer requests and questions as they do without one', async () => {
    const box = createBox()
    const enrolled = repliesOf(await store.commitBatch([arrivalOf(box.enrolment('sara'))]))[0]?.member
    const sale = box.sale({ total: 1_000_000, member: card('sara') })
    expect(repliesOf(await store.commitBatch([arrivalOf(sale)]))).toMatchObject([{ inReplyTo: sale.id, status: 'accepted' }])
    const tap = box.request('vafa.credential.presented.v1', { credential: card('sara') })
    const asked = await store.answer([arrivalOf(tap, 's1', new Date(start).toISOString())])
    expect(repliesOf(asked)).toMatchObject([{ status: 'accepted', balances: [{ available: 100_000 }] }])

    const { memberid = '', number = '' } = enrolled ?? {}
    expect(await store.balances(memberid)).toMatchObject([{ available: 100_000 }])
    expect(await store.transfers({ memberid })).toMatchObject([{ amount: 100_000, eventid: sale.id }])
    expect(await store.memberByNumber(number)).toMatchObject({ memberid, credit: 100_000, credentials: 1 })
    expect(await store.memberByNumber('1')).toBeUndefined()
    expect(await store.members()).toHaveLength(1)
    expect(await store.sales({ store: 's1' })).toMatchObject([{ saleid: sale.data.saleid, memberid, reversed: false }])
    expect(await store.sales({ store: 's2' })).toEqual([])
    expect(await store.totals()).toMatchObject({ members: 1, sales: 1, accounts: { 'house:issued': -100_000 } })
    expect(await store.quarantine()).toEqual([])
    expect(await store.tick(new Date(start).toISOString())).toBe(0)
    expect(await store.clearing({ from: '', to: '9' })).toEqual([])
    expect(await store.sequences()).toMatchObject([{ store: 's1', missing: [] }])
    expect(await store.audit()).toEqual([])
  })

  it('leave the bytes of the sender as they are, also those of a shared buffer', async () => {
    const { payload, ...rest } = arrivalOf(createBox().sale({ total: 1 }))
    const pool = Buffer.concat([Buffer.from('before'), payload, Buffer.from('after')])
    const view = pool.subarray(6, 6 + payload.length)
    expect(repliesOf(await store.commitBatch([{ ...rest, payload: view }]))).toMatchObject([{ status: 'accepted' }])
    expect(pool.subarray(0, 6).toString()).toBe('before')
  })

  it('refuse to open with the reason and the way out', async () => {
    await expect(startWorkerStore({ ...storeSettings, path: folder })).rejects.toMatchObject({
      key: 'database.unusable',
      hint: expect.stringContaining('folder'),
    })
  })

  it('end once, without a reason, when they are closed', async () => {
    await store.close()
    await store.close()
    expect(await store.ended).toBeUndefined()
  })
})
