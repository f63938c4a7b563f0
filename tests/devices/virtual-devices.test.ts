import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection, DeviceEvent, Driver } from '#drivers/contract.ts'
import { magstripeHidOver } from '#drivers/magstripe-hid/driver.ts'
import { loadDrivers } from '#drivers/registry.ts'
import { scannerHidOver } from '#drivers/scanner-hid/driver.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Act } from '#simulators/devices/acts.ts'
import type { FaultKind } from '#simulators/devices/faults.ts'
import { players } from '#simulators/devices/players.ts'
import type { Seen, VirtualDevice } from '#simulators/devices/virtual-device.ts'
import { createVirtualHid, type VirtualHid } from '#simulators/hid/virtual-hid.ts'
import { rulesOf } from '#simulators/paper-till/receipts.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { answerAsLane } from './answering-lane.ts'
import { slip } from './slip.ts'
import { createTestHost, hastyRuntime, type TestHost } from './test-host.ts'

const drivers = await loadDrivers()

/** A driver with the device that is played at its far end. */
interface Scene {
  virtual: VirtualDevice
  host: TestHost
  connection: Connection
  seen: Seen[]
  /** What came since the fault. */
  since(kind: DeviceEvent['kind']): DeviceEvent[]
  doIt(): Promise<void>
}

type Effect = (scene: Scene) => Promise<void>

interface Stage {
  /** Options of the driver; `file` is a folder of their own. */
  options(folder: string): Promise<Record<string, unknown>>
  act?: Act
  /** The act has reached the host; what is only told is printed or shown. */
  arrives: Effect
  faults: { [Kind in FaultKind]?: Effect }
  hasty?: 'hasty'
}

const loopback = async () => ({ connection: { tcp: { host: '127.0.0.1', port: await freePort() } } })
const sale: Act = { do: 'sale', amount: 100_000, lines: [], end: 'complete' }

const comes =
  (kind: DeviceEvent['kind'], fits: (event: DeviceEvent) => boolean = () => true): Effect =>
  async ({ since }) =>
    expect.poll(() => since(kind).some(fits), { timeout: 8_000 }).toBe(true)
const closes: Effect = async ({ connection }) => {
  expect(await connection.closed).toBeInstanceOf(VafaError)
}
const degrades =
  (reason: RegExp): Effect =>
  async ({ host }) =>
    host.healthOf('degraded', reason)
/** The line is another one afterwards, and all that is known of what broke off is that it did nothing. */
const unheard =
  (...kinds: DeviceEvent['kind'][]): Effect =>
  async (scene) => {
    await scene.virtual.mend()
    await scene.doIt()
    for (const kind of kinds) expect(scene.since(kind)).toHaveLength(1)
  }
/** Nobody is known by it, and somebody is told. */
const unread: Effect = async (scene) => {
  const tapped = scene.virtual.act({ do: 'tap', card: 'sara', holdMs: 800 })
  const told = () => scene.since('refused').length + scene.host.health.filter(({ status }) => status === 'degraded').length
  await expect.poll(told, { timeout: 8_000 }).toBeGreaterThan(0)
  await tapped
  expect(scene.since('credential')).toEqual([])
}
const jobFails =
  (because: RegExp): Effect =>
  async ({ connection }) => {
    await expect(connection.printer?.print(slip())).rejects.toThrow(because)
  }

const scan: Act = { do: 'scan', code: '6261000000001' }
const scanned = comes('credential', (event) => event.kind === 'credential' && event.credential.value === '6261000000001')
const unreadable = degrades(/unreadable/)
const scannerFaults = { garbage: unreadable, 'half-a-frame': closes, 'hang-up': closes, slow: async (s: Scene) => s.doIt() }
const till = comes('till', (event) => event.kind === 'till' && event.request.op === 'complete')
const tillFaults = {
  garbage: comes('till-invalid'),
  'hang-up': unheard('till-invalid'),
}
const asksForCompletion = ({ since }: Scene) =>
  since('till').filter((event) => event.kind === 'till' && event.request.op === 'complete').length
/** Still answers, and each sale is booked once. */
const bookedOnce: Effect = async (scene) => {
  await scene.doIt()
  expect(asksForCompletion(scene)).toBe(1)
}

const stages: Record<string, Stage> = {
  'scanner-serial': { options: loopback, act: scan, arrives: scanned, faults: scannerFaults },
  'scanner-tcp': {
    options: async () => ({ connection: { listen: { port: await freePort() } } }),
    act: scan,
    arrives: scanned,
    // Who calls may hang up: the port stays.
    faults: { ...scannerFaults, 'half-a-frame': unheard('credential'), 'hang-up': unheard('credential') },
  },
  'scanner-hid': {
    options: async () => ({}),
    act: scan,
    arrives: scanned,
    faults: { garbage: unreadable, 'half-a-frame': closes, 'hang-up': closes },
  },
  'magstripe-hid': {
    options: async () => ({ prefixes: ['626100'], mode: 'hid-msr' }),
    act: { do: 'swipe', number: '6261000012345678' },
    arrives: comes('credential'),
    faults: {
      garbage: unheard('credential'),
      'wrong-checksum': async (scene) => {
        await scene.virtual.act({ do: 'swipe', number: '6261000012345678' })
        await comes('refused')(scene)
      },
      'hang-up': closes,
    },
  },
  'fingerprint-r30x': {
    options: loopback,
    act: { do: 'finger', name: 'a stranger' },
    hasty: 'hasty',
    arrives: comes('refused', (event) => event.kind === 'refused' && event.key === 'finger.unknown'),
    faults: {
      garbage: async (scene) => scene.doIt(),
      'half-a-frame': closes,
      'hang-up': closes,
      silence: closes,
      slow: async (scene) => void (await Promise.race([closes(scene), scene.host.healthOf('degraded')])),
      'wrong-checksum': closes,
      worn: async ({ connection, virtual }) => {
        const onStep = (step: string) =>
          void (step === 'place' || step === 'again' ? virtual.act({ do: 'finger', name: 'reza' }) : undefined)
        await expect(connection.fingers?.enrol({ slot: 0, onStep })).rejects.toBeInstanceOf(VafaError)
      },
    },
  },
  pcsc: {
    options: async () => ({ via: 'vpcd', port: await freePort() }),
    act: { do: 'tap', card: 'sara', holdMs: 300 },
    arrives: comes('credential'),
    hasty: 'hasty',
    faults: {
      garbage: unheard('credential'),
      async 'half-a-frame'(scene) {
        await scene.virtual.act({ do: 'tap', card: 'sara', holdMs: 300 })
        await unheard('credential')(scene)
      },
      'mute-card': unread,
      'pulled-card': async (scene) => {
        await scene.virtual.act({ do: 'tap', card: 'sara', holdMs: 600 })
        expect(scene.since('credential')).toEqual([])
      },
    },
  },
  'display-serial': {
    options: loopback,
    arrives: async ({ connection, seen }) => {
      await connection.display?.show(['Hello', String(seen.length)])
      await expect.poll(() => seen.some((one) => one.kind === 'display' && one.lines[0]?.startsWith('Hello'))).toBe(true)
    },
    faults: { garbage: async (scene) => scene.doIt(), 'hang-up': closes },
  },
  'printer-escpos': {
    options: async () => ({ ...(await loopback()), pollSeconds: 0.2, confirmSeconds: 0.5 }),
    arrives: async ({ connection, seen }) => {
      expect(await connection.printer?.print(slip())).toEqual({ outcome: 'confirmed' })
      expect(seen.some((one) => one.kind === 'paper' && one.job.complete)).toBe(true)
    },
    faults: {
      garbage: async (scene) => void (await Promise.race([closes(scene), scene.doIt()])),
      'hang-up': closes,
      silence: closes,
      slow: jobFails(/did not confirm it|nothing was printed|no longer answers/),
      'paper-out': jobFails(/paper/),
      'cover-open': jobFails(/cover/),
      cutter: jobFails(/cutter/),
    },
  },
  'till-tcp': {
    options: async () => ({ port: await freePort() }),
    act: sale,
    arrives: till,
    faults: { ...tillFaults, 'half-a-frame': bookedOnce, 'hang-up': bookedOnce },
  },
  'till-http': {
    options: async (folder) => {
      writeFileSync(join(folder, 'key'), 'the-key-of-the-till-at-lane-1-long-enough')
      return { port: await freePort(), tills: [{ till: 'till-1', lane: 'lane-1', secretFile: 'key' }], arriveMs: 500 }
    },
    act: sale,
    arrives: till,
    faults: { garbage: bookedOnce, 'half-a-frame': bookedOnce, 'hang-up': bookedOnce },
  },
  'till-mqtt': {
    options: async (folder) => {
      writeFileSync(join(folder, 'lane-1'), 'the password of lane-1')
      return { club: 'vafa', port: await freePort(), lanes: [{ lane: 'lane-1', secretFile: 'lane-1' }] }
    },
    act: sale,
    arrives: till,
    faults: { garbage: comes('till-invalid'), 'half-a-frame': comes('till-invalid'), 'hang-up': bookedOnce },
  },
  'till-print': {
    options: async (folder) => {
      writeFileSync(join(folder, 'rules.yaml'), rulesOf.windows)
      const { connection } = await loopback()
      return { till: { tcp: { port: await freePort() } }, printer: connection, rulesFile: 'rules.yaml', holdMs: 50 }
    },
    act: sale,
    arrives: async (scene) => {
      await comes('till', (event) => event.kind === 'till' && event.request.op === 'record')(scene)
      await expect.poll(() => scene.seen.some(({ kind }) => kind === 'paper'), { timeout: 5_000 }).toBe(true)
    },
    faults: {
      garbage: unheard(),
      'half-a-frame': async (scene) => {
        await scene.doIt()
        expect(scene.since('till')).toHaveLength(1)
      },
      'hang-up': async (scene) => scene.doIt(),
      slow: async (scene) => scene.doIt(),
      silence: async (scene) => scene.doIt(),
      'paper-out': heldUp,
      'cover-open': heldUp,
      cutter: heldUp,
    },
  },
  'pos-iso8583': {
    options: async (folder) => {
      writeFileSync(join(folder, 'mac'), '00112233445566778899aabbccddeeff')
      return { terminals: [{ terminal: 'T1', lane: 'lane-1', port: await freePort(), mac: { keyFile: 'mac' } }] }
    },
    act: sale,
    arrives: till,
    faults: {
      garbage: degrades(/no frame/),
      // The terminal does not know whether the sale arrived: it undoes it.
      async 'half-a-frame'(scene) {
        await scene.virtual.act(sale)
        await comes('till', (event) => event.kind === 'till' && event.request.op === 'reverse')(scene)
        expect(asksForCompletion(scene)).toBe(0)
      },
      'hang-up': mended,
      repeat: async (scene) => scene.doIt(),
      'wrong-checksum': async ({ virtual, since }) => {
        await expect(virtual.act(sale)).rejects.toBeInstanceOf(VafaError)
        expect(since('till')).toEqual([])
      },
    },
  },
  'pos-nexo': {
    options: async () => ({ port: await freePort(), tills: [{ saleid: 'Till-1', poiid: 'VAFA-1' }] }),
    act: sale,
    arrives: comes('till', (event) => event.kind === 'till' && event.request.op !== 'ping'),
    faults: {
      garbage: sees(/Reject/),
      'half-a-frame': sees(/without an answer|answered 4/),
      'hang-up': async (scene) => scene.doIt(),
      repeat: async (scene) => scene.doIt(),
    },
  },
}

/** What the printer does not take waits: the till's paper comes when it is mended. */
async function heldUp(scene: Scene): Promise<void> {
  const papers = () => scene.seen.filter(({ kind }) => kind === 'paper').length
  const before = papers()
  await scene.virtual.act(sale)
  await comes('till')(scene)
  expect(papers()).toBe(before)
  await scene.virtual.mend()
  await expect.poll(papers, { timeout: 5_000 }).toBe(before + 1)
}

/** The answer is lost and the terminal asks again: whatever comes twice has the same id. */
async function mended(scene: Scene): Promise<void> {
  await scene.doIt()
  const ids = scene
    .since('till')
    .flatMap((event) => (event.kind === 'till' && event.request.op === 'complete' ? [event.request.saleid] : []))
  expect(new Set(ids).size).toBe(1)
}

function sees(what: RegExp): Effect {
  return async ({ seen }) => expect(seen.some((one) => one.kind === 'note' && what.test(one.text))).toBe(true)
}

let folder: string
let hid: VirtualHid
const open: { close(): Promise<unknown> }[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-played-'))
  hid = createVirtualHid()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
  rmSync(folder, { recursive: true })
})

const seams: Record<string, () => Driver> = {
  'scanner-hid': () => scannerHidOver(hid.transport) as Driver,
  'magstripe-hid': () => magstripeHidOver(hid.transport) as Driver,
}

async function play(kind: string, stage: Stage): Promise<Scene> {
  const driver = seams[kind]?.() ?? drivers.get(kind)
  const player = players.get(kind)
  if (!driver || !player) throw new Error(`nobody plays ${kind}`)
  const options = driver.options.parse(await stage.options(folder))
  const seen: Seen[] = []
  const virtual = await player({
    device: 'played',
    lane: 'lane-1',
    options,
    beside: (path) => join(folder, path),
    store: 'store-under-test',
    hid,
    seen: (what) => void seen.push(what),
  })
  open.push(virtual)
  const host = createTestHost('played', stage.hasty ? hastyRuntime : undefined)
  const beside = { ...host.host, beside: (path: string) => join(folder, path) }
  const connect = async () => {
    const connection = await driver.connect(options, beside)
    connection.fingers?.identify()
    open.push(connection)
    return connection
  }
  const scene = { virtual, host, connection: await connect(), seen }
  // What a test host forwards to a lane, that lane answers.
  beside.event = (event) => host.host.event(event)
  answerAsLane(host, () => scene.connection)
  let from = 0
  const since = (wanted: DeviceEvent['kind']) => host.events.slice(from).filter((event) => event.kind === wanted)
  const whole: Scene = {
    ...scene,
    since,
    async doIt() {
      if (stage.act) await virtual.act(stage.act)
      await stage.arrives(whole)
    },
  }
  await whole.doIt()
  from = host.events.length
  return whole
}

describe('every kind of device is played through its own path, and goes wrong on demand', () => {
  test('there is a player and a stage for each driver', () => {
    expect([...players.keys()].sort()).toEqual([...drivers.keys()].sort())
    expect(Object.keys(stages).sort()).toEqual([...drivers.keys()].sort())
  })

  describe.each(Object.entries(stages))('%s', (kind, stage) => {
    test('has just the faults that are tried here', async () => {
      const { virtual } = await play(kind, stage)
      expect(Object.keys(stage.faults).sort()).toEqual([...virtual.faults].sort())
    })

    test.each(Object.entries(stage.faults))('%s has its effect at the driver', async (fault, effect) => {
      const scene = await play(kind, stage)
      await scene.virtual.fault(fault as FaultKind)
      await effect(scene)
    })
  })
})
