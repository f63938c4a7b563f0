import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { printerEscposDriver } from '#drivers/printer-escpos/driver.ts'
import { startVirtualPrinter, type VirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { slip } from './slip.ts'
import { createTestHost, hastyRuntime, type TestHost } from './test-host.ts'

let device: VirtualPrinter
let host: TestHost
let connection: Connection | undefined

beforeEach(async () => {
  device = await startVirtualPrinter()
  host = createTestHost('front')
})
afterEach(async () => {
  await connection?.close()
  connection = undefined
  await device.close()
})

async function connect(options: Record<string, unknown> = {}) {
  const parsed = printerEscposDriver.options.parse({
    connection: { tcp: { host: '127.0.0.1', port: device.port } },
    ...options,
  })
  connection = await printerEscposDriver.connect(parsed, host.host)
  const { printer } = connection
  if (!printer) throw new Error('a printer driver without a printer')
  return { connection, printer }
}

describe('did it print?', () => {
  test('a printer with process ids confirms each job when it is on paper', async () => {
    const { printer } = await connect()
    const job = slip()
    expect(await printer.print(job)).toEqual({ outcome: 'confirmed' })
    expect(device.jobs).toHaveLength(1)
    expect(device.jobs[0]?.bands).toEqual(job.bands)
  })

  test('a clone without them confirms by an answer queued behind the job', async () => {
    device.setFaults({ processId: 'absent', msPerBand: 20 })
    const { printer } = await connect()
    expect(await printer.print(slip())).toEqual({ outcome: 'confirmed' })
    expect(await printer.print(slip())).toEqual({ outcome: 'confirmed' })
    expect(device.jobs).toHaveLength(2)
  })

  test('a printer that says nothing gets the job, and nobody claims to know more', async () => {
    host = createTestHost('front', hastyRuntime)
    device.setFaults({ mute: true })
    const { printer } = await connect()
    expect(await printer.print(slip())).toEqual({ outcome: 'sent' })
    await device.nextJob()
  })

  test('a printer that is never to be asked is not', async () => {
    const { printer } = await connect({ confirm: 'never' })
    expect(await printer.print(slip())).toEqual({ outcome: 'sent' })
    await device.nextJob()
  })

  test('jobs asked for at once come out one after another, whole', async () => {
    device.setFaults({ msPerBand: 5 })
    const { printer } = await connect()
    const jobs = [slip(), slip(), slip()]
    await Promise.all(jobs.map((job) => printer.print(job)))
    expect(device.jobs.map(({ bands }) => bands)).toEqual(jobs.map(({ bands }) => bands))
  })

  test('a job for another width is refused before a byte is sent, and the next one prints', async () => {
    const { printer } = await connect({ width: 384 })
    await expect(printer.print(slip({ width: 576 }))).rejects.toMatchObject({ key: 'print.invalid', permanent: true })
    expect(await printer.print(slip({ width: 384 }))).toEqual({ outcome: 'confirmed' })
  })

  test('a printer that hangs up in the middle: the job may be on paper, and the error says so', async () => {
    const { connection, printer } = await connect()
    await printer.print(slip())
    device.setFaults({ hangUpAfter: 500 })
    await expect(printer.print(slip())).rejects.toMatchObject({
      key: 'print.unconfirmed',
      permanent: false,
      message: expect.stringContaining('may be on paper'),
      hint: expect.stringContaining('copy'),
    })
    expect(await connection.closed).toMatchObject({ key: 'device.gone' })
    await expect(printer.print(slip())).rejects.toMatchObject({ key: 'print.stopped' })
  })
})

describe('besides pictures', () => {
  test('letters are confirmed as pictures are, and cut', async () => {
    const { printer } = await connect({ letters: { codePage: 'cp437' } })
    expect(printer.letters).toEqual({ columns: 48, persian: false, only: true })
    expect(await printer.print({ id: 'a', bands: [], lines: ['CLUB', 'Credit 12,000'], cut: 'full' })).toEqual({
      outcome: 'confirmed',
    })
    expect(await device.nextJob()).toMatchObject({ text: ['CLUB', 'Credit 12,000'], cut: 'full', complete: true })
  })

  test('the drawer opens between two jobs, never within one', async () => {
    device.setFaults({ msPerBand: 5 })
    const { printer } = await connect({ drawer: {} })
    const jobs = [slip(), slip(), slip()]
    await Promise.all([...jobs.slice(0, 2).map((job) => printer.print(job)), printer.openDrawer?.()])
    await Promise.all([printer.openDrawer?.(), ...jobs.slice(2).map((job) => printer.print(job))])
    expect(device.jobs.map(({ bands }) => bands).filter(({ length }) => length > 0)).toEqual(jobs.map(({ bands }) => bands))
    expect(device.jobs.reduce((sum, { drawerPulses }) => sum + drawerPulses, 0)).toBe(2)
  })

  test('a printer without a drawer has none to open', async () => {
    expect((await connect()).printer.openDrawer).toBeUndefined()
  })
})

describe('the printer’s state', () => {
  test('no paper: nothing is sent, the health says what to do, and a new roll ends it', async () => {
    device.setFaults({ paper: 'end' })
    const { printer } = await connect()
    await host.healthOf('degraded', /new roll/)
    await expect(printer.print(slip())).rejects.toMatchObject({
      key: 'print.stopped',
      permanent: false,
      message: expect.stringContaining('nothing was printed: the paper has run out'),
    })
    device.setFaults({})
    expect(await printer.print(slip())).toEqual({ outcome: 'confirmed' })
    await host.healthOf('ready')
    expect(device.jobs).toHaveLength(1)
    expect(host.events.filter(({ kind }) => kind === 'printer-status')).toMatchObject([
      { status: { paper: 'end', online: false } },
      { status: { paper: 'ok', online: true } },
    ])
  })

  test('paper that ends in the middle of a job: unconfirmed, with the reason; the connection lives on', async () => {
    device.setFaults({ msPerBand: 100 })
    const { printer } = await connect({ confirmSeconds: 0.5 })
    await printer.print(slip())
    const printing = printer.print(slip())
    device.setFaults({ paper: 'end' })
    await expect(printing).rejects.toMatchObject({
      key: 'print.unconfirmed',
      message: expect.stringContaining('the paper has run out'),
    })
    device.setFaults({})
    expect(await printer.print(slip())).toEqual({ outcome: 'confirmed' })
  })

  test('an open cover, a jammed cutter and paper that is low are told as they happen', async () => {
    const { printer } = await connect()
    await printer.print(slip())
    for (const [faults, words] of [
      [{ cover: 'open' }, /cover is open/],
      [{ cutter: 'error' }, /cutter is jammed/],
      [{ paper: 'near-end' }, /nearly at its end/],
    ] as const) {
      device.setFaults(faults)
      await host.healthOf('degraded', words)
    }
    expect(await printer.print(slip())).toEqual({ outcome: 'confirmed' })
  })

  test('a printer that has answered and then falls silent is given up', async () => {
    host = createTestHost('front', hastyRuntime)
    const { connection } = await connect({ pollSeconds: 1 })
    await host.event('printer-status')
    device.setFaults({ mute: true })
    expect(await connection.closed).toMatchObject({ key: 'device.silent', permanent: false })
  })

  test('a printer that takes nothing more is given up, and the job with it', async () => {
    host = createTestHost('front', hastyRuntime)
    const stuck = createServer((socket) => socket.pause())
    await new Promise<void>((resolve) => stuck.listen({ host: '127.0.0.1', port: 0 }, resolve))
    const address = stuck.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const { connection, printer } = await connect({ connection: { tcp: { host: '127.0.0.1', port } } })
    const roll = slip({ heights: [160_000] })
    await expect(printer.print(roll)).rejects.toMatchObject({ key: 'print.unconfirmed' })
    expect(await connection.closed).toMatchObject({ key: 'device.stalled' })
    stuck.close()
  })
})
