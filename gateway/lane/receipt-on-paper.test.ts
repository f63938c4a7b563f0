import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime as runtime } from '#runtime/runtime.ts'
import { createClubClock } from '../clock.ts'
import { openGatewayDatabase } from '../database.ts'
import { createEnvelopes } from '../envelopes.ts'
import { openOutbox } from '../outbox.ts'
import { createLaneHardware } from './hardware.ts'
import { printReceipt } from './receipt-on-paper.ts'

it('a receipt that is on paper is not called unprinted where the disk refuses to write that down, nor printed twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-paper-'))
  const disk = openGatewayDatabase(join(folder, 'gateway.sqlite'))
  const outbox = openOutbox({ ...disk, runtime, log: silentLogger, onCommitted: () => {} })
  onTestFinished(() => {
    outbox.close()
    disk.database.close()
    rmSync(folder, { recursive: true })
  })
  const clock = createClubClock(runtime)
  const envelopes = createEnvelopes({ store: 's1', boxid: outbox.boxid, bootid: runtime.uuid(), clock, runtime })
  const origin = { lane: 'lane-1', device: 'till-1', orderkey: 'k' }
  const saleid = runtime.uuid()
  const sale = envelopes.fact('vafa.sale.reversed.v1', { saleid, reason: 'operator', mode: 'live' }, origin, saleid)
  await outbox.commit([sale])
  disk.database.exec("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(FAIL, 'disk full'); END")

  const warnings: string[] = []
  await printReceipt({
    receipt: { version: 1, reference: 'ABCDE-FGHJK', provisional: false, blocks: [] },
    saleid,
    orderkey: 'k',
    handed: { id: sale.id, handed: 'final' },
    lane: 'lane-1',
    hardware: createLaneHardware({ lane: 'lane-1', runtime }),
    world: {
      outbox,
      envelopes,
      shop: { club: 'vafa', title: { fa: 's1', en: 's1' }, moneyShown: 'toman' },
      printing: {
        warm: () => {},
        draw: async () => [],
        print: async () => ({ device: 'printer-1', confirmed: true }),
        close: async () => {},
      },
    },
    log: pino({ level: 'warn' }, { write: (line: string) => warnings.push(line) }),
  })
  expect(warnings.join()).toContain('the receipt is printed, but the club will not be told so')
  expect(outbox.unhanded()).toEqual([])
})
