import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Connection } from '#drivers/contract.ts'
import { printerEscposDriver } from '#drivers/printer-escpos/driver.ts'
import { createDecoder } from '#simulators/printer/decode.ts'
import { type LinkedPrinter, linkPrinter } from '#simulators/printer/linked-printer.ts'
import { conformance, type World } from './conformance.ts'
import { slip } from './slip.ts'
import { tcpWorld, ttyWorld } from './worlds.ts'

const play = {
  start: linkPrinter,
  async use({ printer }: LinkedPrinter, connection: Connection) {
    const job = slip()
    const [outcome, printed] = await Promise.all([connection.printer?.print(job), printer.nextJob()])
    expect(outcome).toEqual({ outcome: 'confirmed' })
    expect(printed.cut).toBe('partial')
  },
  options: { pollSeconds: 0.3 },
}

/** As /dev/usb/lp0: the same tty, opened as a character device. */
async function deviceFileWorld(): Promise<World> {
  const world = await ttyWorld(play)
  const { connection } = world.options as { connection: { serial: { path: string } } }
  return { ...world, options: { ...play.options, connection: { file: { path: connection.serial.path } } } }
}

async function plainFileWorld(): Promise<World> {
  const parent = await mkdtemp(join(tmpdir(), 'vafa-print-'))
  const folder = join(parent, 'spool')
  const file = join(folder, 'receipts.bin')
  const impossible = async () => {
    throw new Error('a plain file has nobody at its other end')
  }
  return {
    options: { connection: { file: { path: file, create: true } } },
    async appear() {
      await mkdir(folder)
    },
    vanish: impossible,
    garbage: impossible,
    async use(connection) {
      const before = (await readFile(file)).length
      const outcome = await connection.printer?.print(slip())
      expect(outcome).toEqual({ outcome: 'sent' })
      const commands = createDecoder().push((await readFile(file)).subarray(before))
      expect(commands.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['init', 'raster', 'cut']))
    },
    end: () => rm(parent, { recursive: true, force: true }),
  }
}

conformance('a network printer', { driver: printerEscposDriver, world: () => tcpWorld(play) })
conformance('a printer on a tty', { driver: printerEscposDriver, world: () => ttyWorld(play) })
conformance('a printer as a device file', { driver: printerEscposDriver, world: deviceFileWorld })
conformance('a plain file as a printer', { driver: printerEscposDriver, world: plainFileWorld, afterVanish: 'impossible' })
