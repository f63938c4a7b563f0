import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { printerEscposDriver } from '#drivers/printer-escpos/driver.ts'
import { startVirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { readRecording } from '#simulators/recording/format.ts'
import { standBeforeDevice } from '#simulators/recording/proxy.ts'
import { recordLines } from '#simulators/recording/recorder.ts'
import { openRecordingFile } from '#simulators/recording/recording-file.ts'
import { replay } from '#simulators/recording/replay.ts'
import { slip } from './slip.ts'
import { createTestHost } from './test-host.ts'

/** Prints one receipt and says what the printer made of it. */
async function printAt(port: number) {
  const host = createTestHost('printer')
  const options = printerEscposDriver.options.parse({ connection: { tcp: { host: '127.0.0.1', port } } })
  const connection = await printerEscposDriver.connect(options, host.host)
  onTestFinished(() => connection.close())
  const printed = await connection.printer?.print(slip())
  await connection.close()
  return { printed, options }
}

test('a printer is recorded without what it printed, and its replay confirms a job as the printer did', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-printer-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const printer = await startVirtualPrinter({ port: 0, width: 576 })
  const file = openRecordingFile({
    ...{ file: join(folder, 'printer.jsonl'), device: 'printer', driver: 'printer-escpos' },
    now: () => performance.now(),
    started: new Date(),
  })
  const recorder = recordLines(file, { driver: 'printer-escpos', options: {}, beside: (path) => path })
  const proxy = await standBeforeDevice({ tcp: { host: '127.0.0.1', port: printer.port } }, recorder)
  expect((await printAt(proxy.port)).printed).toEqual({ outcome: 'confirmed' })
  await proxy.close()
  await printer.close()
  file.close()

  const recording = readRecording(readFileSync(join(folder, 'printer.jsonl'), 'utf8'))
  if ('reason' in recording) throw new Error(recording.reason)
  expect(recording.entries.some((entry) => 'from' in entry && entry.from === 'gateway' && !('hex' in entry))).toBe(true)
  const port = await freePort()
  const doubts: string[] = []
  const over = replay({ recording, place: () => ({ tcp: { port } }), speed: 1, onDoubt: (text) => doubts.push(text) })
  // The same job under another number: the replay answers the number that it is asked for.
  expect((await printAt(port)).printed).toEqual({ outcome: 'confirmed' })
  await over
  expect(doubts).toEqual([])
})
