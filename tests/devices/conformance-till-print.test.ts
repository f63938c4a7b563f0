import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { tillPrintDriver } from '#drivers/till-print/driver.ts'
import { openTtyPair } from '#simulators/line/tty-pair.ts'
import { type PaperTill, startPaperTill } from '#simulators/paper-till/paper-till.ts'
import { cutBytes, receiptBytes, rulesOf } from '#simulators/paper-till/receipts.ts'
import { type LinkedPrinter, linkPrinter } from '#simulators/printer/linked-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { conformance, type World } from './conformance.ts'
import type { TestHost } from './test-host.ts'

async function rulesFile(): Promise<{ path: string; spool: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'vafa-till-print-'))
  const path = join(folder, 'rules.yaml')
  await writeFile(path, rulesOf.windows)
  return { path, spool: join(folder, 'spool.bin'), remove: () => rm(folder, { recursive: true, force: true }) }
}

let receipts = 0

/** Prints one receipt and waits until its sale is asked for and the paper is cut. */
async function printOne(till: PaperTill, host: TestHost, next: () => Promise<unknown>): Promise<void> {
  receipts += 1
  const number = String(receipts)
  await till.print(Buffer.concat([receiptBytes({ number, items: [], total: 1_000 }, 'windows'), cutBytes.plain]))
  await host.event('till', ({ request }) => request.op === 'record' && request.sale.tillreceipt === number)
  await next()
}

/** A listening driver: its port is absent (another program has it), and tills come and go. Its printer is a plain file. */
async function listeningWorld(): Promise<World> {
  const [port, rules] = [await freePort(), await rulesFile()]
  let occupant: Server | undefined = createServer().listen({ host: '127.0.0.1', port })
  await once(occupant, 'listening')
  let till: PaperTill | undefined
  const vanish = async () => {
    await till?.close('hang-up')
    till = undefined
  }
  const appear = async () => {
    if (!occupant) return
    const closed = once(occupant, 'close')
    occupant.close()
    occupant = undefined
    await closed
  }
  return {
    options: {
      till: { tcp: { port } },
      printer: { file: { path: rules.spool, create: true } },
      rulesFile: rules.path,
      holdMs: 50,
    },
    appear,
    vanish,
    async garbage() {
      till ??= await startPaperTill({ tcp: { port } })
      await till.print(Uint8Array.from({ length: 512 }, (_, at) => (at * 7) & 0xff))
      await vanish()
    },
    async use(_, host) {
      await vanish()
      till = await startPaperTill({ tcp: { port } })
      await printOne(till, host, async () => {
        await expect.poll(async () => (await readFile(rules.spool)).subarray(-cutBytes.plain.length)).toEqual(cutBytes.plain)
      })
      await till.close()
      till = undefined
    },
    async end() {
      await vanish()
      await appear()
      await rules.remove()
    },
  }
}

/** The printer on a tty: its end ends the device. */
async function serialPrinterWorld(): Promise<World> {
  const [rules, pair, port] = [await rulesFile(), await openTtyPair({ start: 'unplugged' }), await freePort()]
  let linked: LinkedPrinter | undefined
  const vanish = async () => {
    await pair.unplug()
    await linked?.close()
    linked = undefined
  }
  return {
    options: {
      till: { tcp: { port } },
      printer: { serial: { path: pair.a, baudRate: 115_200 } },
      rulesFile: rules.path,
      holdMs: 50,
    },
    async appear() {
      await pair.plug()
      linked = await linkPrinter({ tty: { path: pair.b } })
    },
    vanish,
    garbage: async () => linked?.garbage(),
    async use(_, host) {
      const till = await startPaperTill({ tcp: { port } })
      await printOne(till, host, async () => linked?.printer.nextJob())
      await till.close()
    },
    async end() {
      await vanish()
      await pair.close()
      await rules.remove()
    },
  }
}

conformance('a till’s printer port', { driver: tillPrintDriver, world: listeningWorld, afterVanish: 'stays' })
conformance('a till’s printer on a serial line', { driver: tillPrintDriver, world: serialPrinterWorld })
