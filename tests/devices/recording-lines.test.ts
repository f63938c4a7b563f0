import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as requests from '#agent/terminal/requests.ts'
import type { Connection, Driver } from '#drivers/contract.ts'
import { loadDrivers } from '#drivers/registry.ts'
import type { DevicePlace } from '#simulators/line/device-line.ts'
import { openTtyPair } from '#simulators/line/tty-pair.ts'
import { type Certificate, makeTrialCertificate } from '#simulators/network/certificate.ts'
import { header } from '#simulators/nexo-till/messages.ts'
import { createNexoTill } from '#simulators/nexo-till/nexo-till.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { readRecording } from '#simulators/recording/format.ts'
import { knownHere } from '#simulators/recording/known-here.ts'
import { overheard } from '#simulators/recording/overheard.ts'
import { recordLines } from '#simulators/recording/recorder.ts'
import { openRecordingFile } from '#simulators/recording/recording-file.ts'
import { replay } from '#simulators/recording/replay.ts'
import { wireOf } from '#simulators/recording/wires.ts'
import { startVirtualTerminal, type TerminalOptions } from '#simulators/terminal/virtual-terminal.ts'
import { openHttpTill } from '#simulators/till/http-till.ts'
import { connectMqttTill } from '#simulators/till/mqtt-till.ts'
import { answerAsLane } from './answering-lane.ts'
import { createTestHost, type TestHost } from './test-host.ts'

const phone = '09121234567'
const secret = 'the-key-of-the-till-of-this-test-and-it-is-long'
const present = { op: 'present' as const, credential: { kind: 'phone' as const, value: phone } }

let folder: string
let box: Certificate
let own: Certificate
const endings: (() => unknown)[] = []

beforeAll(async () => {
  box = await makeTrialCertificate()
  own = await makeTrialCertificate('terminal')
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-lines-'))
  for (const [name, text] of Object.entries({ 'box.crt': box.certificate, 'box.key': box.privateKey, secret }))
    writeFileSync(join(folder, name), text)
})
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
  rmSync(folder, { recursive: true })
})

const at = (name: string) => join(folder, name)
const tls = () => ({ certFile: at('box.crt'), keyFile: at('box.key') })

/** A device of this kind, whose lane takes ten percent off. */
async function listen(driver: Driver, options: unknown): Promise<TestHost> {
  const host = createTestHost('device')
  let connection: Connection | undefined
  answerAsLane(host, () => {
    if (!connection) throw new Error('too early')
    return connection
  })
  connection = await driver.connect(options, host.host)
  endings.push(connection.close)
  return host
}

/** Who was presented there: each credential with its lane. */
const presented = ({ events }: TestHost) =>
  events.flatMap((event) =>
    event.kind === 'till' && event.request.op === 'present' ? [{ lane: event.lane, ...event.request.credential }] : [],
  )

/** Records what `speak` does, and plays that to the same device, opened anew. */
async function recordAndReplay(kind: string, given: object, speak: () => Promise<unknown>): Promise<string> {
  const driver = (await loadDrivers([kind])).get(kind)
  if (!driver) throw new Error(`no ${kind}`)
  const options = driver.options.parse(given)
  const beside = (path: string) => path
  const file = openRecordingFile({
    ...{ file: at('line.jsonl'), device: 'device', driver: kind },
    now: () => performance.now(),
    started: new Date(),
  })
  const host = await listen(overheard(driver, recordLines(file, { driver: kind, options, beside })), options)
  await speak()
  expect(presented(host)).toMatchObject([{ value: phone }])
  await endings.pop()?.()
  file.close()

  const text = readFileSync(at('line.jsonl'), 'utf8')
  const recording = readRecording(text)
  if ('reason' in recording) throw new Error(recording.reason)
  const again = await listen(driver, options)
  const place = (who: string | undefined): DevicePlace => {
    const wire = wireOf(driver, options, 'device')
    if (!('heard' in wire)) throw new Error('it has a wire of its own')
    const to = wire.heard(who)
    if ('serial' in to) return { tty: { path: `${to.serial.path}-far` } }
    return {
      calls: {
        ...{ host: to.host, port: to.port },
        ...(to.tls ? { tls: { ca: box.certificate, cert: own.certificate, key: own.privateKey } } : {}),
      },
    }
  }
  await replay({ recording, place, speed: 20, said: knownHere(kind, { options, beside }) })
  await expect.poll(() => presented(again)).toHaveLength(1)
  const [first] = presented(again)
  expect(first?.value).toMatch(/^09\d{9}$/)
  expect(first?.value).not.toBe(phone)
  expect(first?.lane).toBe(presented(host)[0]?.lane)
  const said = recording.entries.map((entry) => ('hex' in entry ? Buffer.from(entry.hex, 'hex').toString('latin1') : '')).join('')
  for (const raw of [phone.slice(2), secret]) expect(`${text}${said}`).not.toContain(raw)
  return said
}

async function askAsTerminal(options: Omit<TerminalOptions, 'terminal'>): Promise<void> {
  const terminal = await startVirtualTerminal({ terminal: 'T1', ...options })
  await terminal.ask(requests.whoIsThis(terminal.begin(), { kind: 'phone', value: phone }))
  await terminal.close()
}

test('a terminal over TLS, known by its certificate', async () => {
  const port = await freePort()
  const certificate = new X509Certificate(own.certificate).fingerprint256
  const terminals = [{ terminal: 'T1', lane: 'lane-1', certificate }]
  await recordAndReplay('pos-iso8583', { port, tls: tls(), terminals }, () =>
    askAsTerminal({ to: { tcp: { host: '127.0.0.1', port }, tls: { cert: own.certificate, key: own.privateKey } } }),
  )
})

test('one of several terminals, each with a port of its own', async () => {
  const [first, second] = [await freePort(), await freePort()]
  const terminals = [
    { terminal: 'T0', lane: 'lane-0', port: first },
    { terminal: 'T1', lane: 'lane-1', port: second },
  ]
  await recordAndReplay('pos-iso8583', { terminals }, () => askAsTerminal({ to: { tcp: { host: '127.0.0.1', port: second } } }))
})

test('a terminal on a serial line', async () => {
  const pair = await openTtyPair({ near: at('tty') })
  endings.push(pair.close)
  // The far end, by a name that a replay can be told.
  const far = `${pair.a}-far`
  symlinkSync(pair.b, far)
  const terminals = [{ terminal: 'T1', lane: 'lane-1' }]
  await recordAndReplay('pos-iso8583', { bitmap: 'hex', serial: { path: pair.a }, terminals }, () =>
    askAsTerminal({ bitmap: 'hex', to: { serial: { path: far, baudRate: 9_600 } } }),
  )
})

test('a till over HTTPS: in the place of its key stands its name', async () => {
  const port = await freePort()
  const tills = [{ till: 'till-1', lane: 'lane-1', secretFile: at('secret') }]
  const said = await recordAndReplay('till-http', { port, tls: tls(), tills }, async () => {
    const till = openHttpTill({ port, secret, tls: { ca: box.certificate } })
    await till.request(present)
    await till.close()
  })
  expect(said).toContain(`Bearer ~till-1${'~'.repeat(secret.length - 7)}`)
})

const party = { saleid: 'Till1', poiid: 'Lane1' }
const inquiry = { LoyaltyAccountReq: { LoyaltyAccountID: { IdentificationType: 'PhoneNumber', LoyaltyID: phone } } }

test('a till that speaks nexo over HTTPS', async () => {
  const port = await freePort()
  const tills = [{ ...party, lane: 'lane-1', secretFile: at('secret') }]
  await recordAndReplay('pos-nexo', { port, tls: tls(), tills }, () =>
    createNexoTill({ ...party, port, trust: { ca: box.certificate }, key: secret }).call('BalanceInquiry', inquiry),
  )
})

test('the same on a WebSocket', async () => {
  const port = await freePort()
  const tills = [{ ...party, lane: 'lane-1', secretFile: at('secret') }]
  await recordAndReplay('pos-nexo', { port, tills }, async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/nexo`, { headers: { 'x-api-key': secret } })
    await new Promise((resolve) => socket.once('open', resolve))
    const answered = new Promise((resolve) => socket.once('message', resolve))
    socket.send(
      JSON.stringify({
        SaleToPOIRequest: {
          MessageHeader: header(party, 'BalanceInquiry', '4711'),
          BalanceInquiryRequest: inquiry,
        },
      }),
    )
    await answered
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.close()
    await closed
  })
})

test('a till on the box’s own broker, over TLS', async () => {
  const port = await freePort()
  const lanes = [{ lane: 'lane-1', secretFile: at('secret') }]
  await recordAndReplay('till-mqtt', { club: 'vafa', port, tls: tls(), lanes }, async () => {
    const till = await connectMqttTill({
      ...{ port, club: 'vafa', store: 'store-under-test', lane: 'lane-1', password: secret, ca: box.certificate },
      will: { op: 'present', id: 'will', credential: { kind: 'phone', value: phone } },
    })
    await till.request(present)
    await till.close()
  })
})
