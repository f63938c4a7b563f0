import type { Connection, Printer, Till } from '#drivers/contract.ts'
import { type Box, openBox } from '#gateway/box.ts'
import { gatewayMigrations } from '#gateway/database.ts'
import type { Bitmap } from '#protocol/bitmap.ts'
import type { TillRequest, TillResponse } from '#protocol/lane.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Database } from '#runtime/sqlite.ts'
import type { Chance } from './chance.ts'
import { createDisk, type Outage, type SimulatedDisk } from './disk.ts'
import type { SimulatedNetwork } from './network.ts'
import type { Premises } from './premises.ts'
import type { Paper } from './record.ts'
import { openTerminalDesk, type TerminalDesk } from './terminal-desk.ts'
import { beginLife, type Life, type WorldTime } from './time.ts'

/** How a printer is: `mute` takes a job and never answers, `refusing` says that it cannot, `away` is not there. */
export type PrinterState = 'well' | 'mute' | 'refusing' | 'away'

/** Rarer than a real box's, so that most of what a world does is sales. */
const heartbeatMs = 25_000

export interface SimulatedStore {
  readonly name: string
  /** Among the world's stores, from 0. */
  readonly number: number
  readonly disk: SimulatedDisk
  readonly running: boolean
  /** How often its process has begun. */
  readonly runs: number
  start(): void
  /** As `systemctl restart` does it. */
  stop(): Promise<void>
  /** The process is gone at this instant; the disk decides what is left. */
  die(outage: Outage): void
  /** The box breaks, and another one with an empty disk is in its place, not started yet; gives what is left of the old one. */
  replace(): { disk: SimulatedDisk; boxid: string }
  /** A till says something; false where nobody listens. */
  request(lane: string, request: TillRequest): boolean
  /** A terminal calls; undefined where nobody listens. */
  connect(lane: string, end: TerminalEnd): TerminalLine | undefined
  /** A card is held to the lane's reader. */
  tap(lane: string, card: string): void
  setPrinter(lane: string, state: PrinterState): void
  /** How far its wall clock is off, milliseconds. */
  skewMs: number
  backlog(): number
  database(): Database
  /** Sales of which the club booked other credit than the box had announced. */
  differences(): number
  /** The box's own id and its last number. */
  standing(): { boxid: string; sequence: number; holds: number }
}

/** What a terminal hears of its connection. */
export interface TerminalEnd {
  /** A message, without its frame. */
  onMessage(bytes: Buffer): void
  /** The box is gone; `silent`: so is its machine, and nobody says so. */
  onGone(how: 'noticed' | 'silent'): void
}

export interface TerminalLine {
  send(bytes: Buffer): void
}

/** The real box on a simulated disk, line and clock, with tills, readers and printers that are only their far ends. */
export function createStore(options: {
  name: string
  number: number
  lanes: readonly string[]
  /** Lanes of POS terminals, besides. */
  terminals: readonly string[]
  premises: Premises
  time: WorldTime
  network: SimulatedNetwork
  chance: Chance
  log: Logger
  onTill(lane: string, response: TillResponse): void
  onPaper(paper: Paper): void
}): SimulatedStore {
  const { name, lanes, premises, time, network, log } = options
  const chance = options.chance.of(name)
  const newDisk = () => createDisk({ migrations: gatewayMigrations, chance: chance.of(`disk ${++disks}`) })
  let disks = 0
  let disk = newDisk()
  const config = premises.configOf(name, { tills: lanes, terminals: options.terminals })
  const printers = new Map<string, PrinterState>()
  let runs = 0
  /** Of the machine: a process that is killed begins again in the same one. */
  let boot = { id: '', at: 0 }
  let latest: Life | undefined
  let now: { life: Life; box: Box; database: Database; desks: Map<string, TerminalDesk> } | undefined
  const callers = new Map<string, TerminalEnd>()
  const hangUp = (how: 'noticed' | 'silent') => {
    const gone = [...callers.values()]
    callers.clear()
    for (const one of gone) one.onGone(how)
  }

  /** What gateway/remote/ does when the club has lost facts. */
  const sendAgain = ({ outbox, uplink }: Box, payload: Buffer): string => {
    const { data } = JSON.parse(payload.toString('utf8')) as { data: { boxid: string; ranges: [number, number][] } }
    try {
      if (data.boxid === outbox.boxid) uplink.sendAgain(outbox.reopen(data.ranges, 5_000))
    } catch {
      // A full disk: the club asks again.
    }
    return '{}'
  }
  const connectionOf = (parts: Pick<Connection, 'till' | 'printer'>): Connection => ({
    closed: new Promise(() => {}),
    close: async () => {},
    ...parts,
  })
  const tillOf = (lane: string, life: Life): Till => ({
    send(response) {
      // On its way to the till a crash of the box does not stop it any more.
      if (life.alive) time.after(chance.int(1, 5), () => options.onTill(lane, response))
    },
  })
  const printerOf = (
    lane: string,
    life: Life,
    run: number,
    documentOf: (band: Bitmap) => ReceiptDocument | undefined,
  ): Printer => ({
    width: 384,
    print: ({ bands }) =>
      new Promise((resolve, reject) => {
        const state = printers.get(lane) ?? 'well'
        if (!life.alive || state === 'mute') return
        time.after(chance.int(20, 400), () => {
          if (state !== 'well')
            return reject(
              new VafaError({ key: 'printer.paper-out', message: 'there is no paper', hint: 'put some in', permanent: false }),
            )
          const document = bands[0] && documentOf(bands[0])
          if (document) options.onPaper({ store: name, lane, run, at: time.elapsed, document })
          if (life.alive) resolve({ outcome: 'confirmed' })
        })
      }),
  })

  const attach = (box: Box, life: Life, run: number, lane: string, documentOf: (band: Bitmap) => ReceiptDocument | undefined) => {
    const hardware = box.lanes.get(lane)?.hardware
    hardware?.changed(`till-${lane}`, connectionOf({ till: tillOf(lane, life) }))
    if (printers.get(lane) !== 'away')
      hardware?.changed(`printer-${lane}`, connectionOf({ printer: printerOf(lane, life, run, documentOf) }))
  }
  let documentOf: (band: Bitmap) => ReceiptDocument | undefined = () => undefined

  const store: SimulatedStore = {
    name,
    number: options.number,
    get disk() {
      return disk
    },
    skewMs: 0,
    get running() {
      return now !== undefined
    },
    get runs() {
      return runs
    },
    start() {
      runs += 1
      const life = beginLife({ time, chance, process: 2 + options.number, run: runs, skewMs: () => store.skewMs })
      const { runtime } = life
      if (boot.id === '') boot = { id: runtime.uuid(), at: time.elapsed }
      latest = life
      const database = disk.open()
      const drawn = new WeakMap<Bitmap, ReceiptDocument>()
      documentOf = (band) => drawn.get(band)
      const box: Box = openBox({
        ...{ config, runtime, log },
        disk: { database, seal: premises.seal },
        tokenKey: premises.tokenKey,
        bootid: boot.id,
        sinceBoot: () => time.elapsed - boot.at,
        login: () => ({ username: name, password: 'unused' }),
        onCommand: async (command, payload) => (command === 'resend' ? sendAgain(box, payload) : '{}'),
        openLink: network.linkOf(name, life),
        heartbeatMs,
        // A picture that stands for its document: what a printer makes of it is another test's.
        loadRasteriser: async () => ({
          warm: () => {},
          async render(document, { width }) {
            const band = { width, height: 1, data: new Uint8Array(width / 8) }
            drawn.set(band, document)
            return [band]
          },
          close: async () => {},
        }),
      })
      if (!life.alive) return
      const desks = new Map<string, TerminalDesk>()
      for (const lane of lanes) attach(box, life, runs, lane, documentOf)
      for (const lane of options.terminals) desks.set(lane, openTerminalDesk({ box, life, store: name, lane, log }))
      now = { life, box, database, desks }
      box.recover()
    },
    async stop() {
      if (!now) return
      const { life, box } = now
      const { desks } = now
      now = undefined
      await box.close({
        async closeDevices() {
          for (const desk of desks.values()) desk.close()
          hangUp('noticed')
        },
      })
      life.alive = false
    },
    die(outage) {
      // Also in the middle of its start or its end.
      if (latest) latest.alive = false
      now = undefined
      hangUp(outage === 'power' ? 'silent' : 'noticed')
      if (outage === 'power') boot = { id: '', at: 0 }
      network.gone(name, outage === 'power' ? 'silent' : 'noticed')
    },
    replace() {
      const old = { disk, boxid: store.standing().boxid }
      // What it had in hand when it broke is on its disk, and its process is gone.
      disk.arm({ commits: Number.POSITIVE_INFINITY, of: 'full', when: 'after', outage: 'power', die: () => store.die('power') })
      disk.crashNow()
      disk = newDisk()
      return old
    },
    request(lane, request) {
      const { life, box } = now ?? {}
      if (!life || !box) return false
      time.after(chance.int(1, 5), () => {
        if (life.alive) box.lanes.get(lane)?.request(request, `till-${lane}`)
      })
      return true
    },
    connect(lane, end) {
      const { life, desks } = now ?? {}
      const desk = desks?.get(lane)
      if (!life || !desk) return undefined
      callers.set(lane, end)
      return {
        send(bytes) {
          if (life.alive && callers.get(lane) === end) desk.take(bytes, end.onMessage)
        },
      }
    },
    tap(lane, card) {
      const { life, box } = now ?? {}
      if (!life?.alive || !box) return
      const at = life.runtime.now()
      box.lanes.get(lane)?.deviceEvent(`reader-${lane}`, { kind: 'credential', at, credential: { kind: 'nfc-uid', value: card } })
    },
    setPrinter(lane, state) {
      const before = printers.get(lane) ?? 'well'
      printers.set(lane, state)
      if (!now || before === state) return
      const { life, box } = now
      const hardware = box.lanes.get(lane)?.hardware
      if (state === 'away') hardware?.changed(`printer-${lane}`, undefined)
      else if (before === 'away') attach(box, life, runs, lane, documentOf)
    },
    backlog: () => now?.box.outbox.backlog().count ?? 0,
    database() {
      if (!now) throw new Error(`the box of ${name} does not run`)
      return now.database
    },
    differences() {
      const value = store.database().prepare<[], string>("SELECT value FROM box WHERE name = 'differences'").pluck().get()
      return value === undefined ? 0 : (JSON.parse(value) as { sales: number }).sales
    },
    standing() {
      if (!now) throw new Error(`the box of ${name} does not run`)
      const { outbox, lanes: open } = now.box
      return {
        boxid: outbox.boxid,
        sequence: outbox.sequence,
        holds: [...open.values()].reduce((sum, lane) => sum + lane.state.holds.length, 0),
      }
    },
  }
  return store
}
