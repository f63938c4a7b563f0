import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pcscOver } from '#drivers/pcsc/driver.ts'
import { cardNamed } from '#simulators/card/cards.ts'
import { presentCard, tap } from '#simulators/card/virtual-card.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { readRecording } from '#simulators/recording/format.ts'
import { recordCards } from '#simulators/recording/recorder.ts'
import { openRecordingFile } from '#simulators/recording/recording-file.ts'
import { replayCards } from '#simulators/recording/replay-cards.ts'
import { startTestPcscd } from './private-pcscd.ts'
import { createTestHost, type TestHost } from './test-host.ts'

let folder: string
const endings: (() => Promise<unknown>)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-cards-'))
})
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
  rmSync(folder, { recursive: true })
})

const path = () => join(folder, 'cards.jsonl')

/** A card reader of these options with a recorder at its driver. */
async function recordReader(given: object): Promise<TestHost> {
  const file = openRecordingFile({
    file: path(),
    device: 'reader',
    driver: 'pcsc',
    now: () => performance.now(),
    started: new Date(),
  })
  const options = pcscOver().options.parse(given)
  const host = createTestHost('reader')
  const connection = await pcscOver(recordCards(file, options)).connect(options, host.host)
  endings.push(async () => file.close(), connection.close)
  return host
}

const written = () => {
  const read = readRecording(readFileSync(path(), 'utf8'))
  if ('reason' in read) throw new Error(read.reason)
  return read
}
const whenWritten = (events: string[]) =>
  expect.poll(() => written().entries.map((one) => ('event' in one ? one.event : one.from)), { timeout: 5_000 }).toEqual(events)

test('a card is recorded at the driver without its number, and its replay is tapped as another card of the same kind', async () => {
  const options = { via: 'vpcd', port: await freePort() }
  const host = await recordReader(options)
  await tap({ port: options.port, card: cardNamed('mina') })
  await host.event('credential', ({ credential }) => credential.value === '3AF45C91')
  await whenWritten(['card', 'removed'])
  const text = readFileSync(path(), 'utf8').toLowerCase()
  expect(text).toContain('ffca000000')
  expect(text).not.toContain('3af45c91')

  const recording = written()
  await replayCards({ recording, port: options.port, speed: 100 })
  const { credential } = await host.event('credential', (event) => event.credential.value !== '3AF45C91')
  expect(credential).toEqual({ kind: 'nfc-uid', value: expect.stringMatching(/^3A[0-9A-F]{6}$/) })
})

test('the same holds behind a real pcscd, whose cards are read in a process of their own', async () => {
  const pcscd = await startTestPcscd()
  endings.push(() => pcscd.close())
  const host = await recordReader({ via: 'pcscd', socket: pcscd.socket })
  const card = await pcscd.insert(0, cardNamed('mina'))
  await host.event('credential')
  await card.remove()
  await whenWritten(['card', 'removed'])
  expect(readFileSync(path(), 'utf8').toLowerCase()).not.toContain('3af45c91')
})

test('of a card that is pulled away at once nothing is written but that it is gone', async () => {
  const options = { via: 'vpcd', port: await freePort() }
  const host = await recordReader(options)
  await (await presentCard({ port: options.port, card: cardNamed('pulled') })).gone
  await whenWritten(['removed'])
  expect(host.events.filter(({ kind }) => kind === 'credential')).toEqual([])
})
