import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { PrinterStatus } from '#drivers/contract.ts'
import { VafaError } from '#runtime/errors.ts'
import { type Cancel, type Runtime, systemRuntime } from '#runtime/runtime.ts'
import { listenOn } from '#simulators/network/listening.ts'
import { type Command, createDecoder } from './decode.ts'
import { createPaper, type PrintedJob } from './paper.ts'
import { automaticStatus, canPrint, healthy, paperSensors, realTimeStatus } from './status-bytes.ts'

/** What is wrong with the printer: its state, and bad manners that real ones have. */
export interface PrinterFaults extends Partial<PrinterStatus> {
  /** Takes bytes and prints, but never answers. */
  mute?: boolean
  /** Ends each connection when it has taken this many bytes; what they say is still printed. */
  hangUpAfter?: number
  /** `absent`: a clone that ignores requests with a process id. */
  processId?: 'supported' | 'absent'
  /** How long each raster picture takes. */
  msPerBand?: number
}

export interface VirtualPrinter {
  readonly host: string
  readonly port: number
  /** All that has been printed, oldest first. */
  readonly jobs: readonly PrintedJob[]
  /** The next job that `nextJob` has not given out yet; waits for it. Rejects when the printer is closed. */
  nextJob(): Promise<PrintedJob>
  /** Replaces the faults; `{}` repairs everything. A printer that can print again goes on where it stopped. */
  setFaults(faults: PrinterFaults): void
  close(): Promise<void>
}

export interface VirtualPrinterOptions {
  host?: string
  /** 0 (the default): a free one. */
  port?: number
  /** Dots a row. */
  width?: number
  /** Characters a line, for text. */
  columns?: number
  faults?: PrinterFaults
  onJob?: (job: PrintedJob) => void
  runtime?: Runtime
}

/** One thing to do, in the order of arrival; `gone`: the connection has ended and nothing more comes from it. */
interface Task {
  from: Connection
  command: Command | { kind: 'gone' }
}

interface Connection {
  socket: Socket
  automatic: boolean
}

/**
 * A network printer (raw TCP, as on port 9100) that prints into memory and speaks as Epson's do. Real-time status is
 * answered on arrival; all else waits its turn, and waits on while the printer cannot print.
 */
export async function startVirtualPrinter(options: VirtualPrinterOptions = {}): Promise<VirtualPrinter> {
  const { host = '127.0.0.1', width = 576, runtime = systemRuntime, onJob } = options
  const paper = createPaper({ width, columns: options.columns ?? Math.floor(width / 12) })
  const jobs: PrintedJob[] = []
  const connections = new Set<Connection>()
  const queue: Task[] = []
  const waiting: { resolve(job: PrintedJob): void; reject(error: VafaError): void }[] = []
  let given = 0
  let faults: PrinterFaults = options.faults ?? {}
  let printing: Cancel | undefined

  const status = (): PrinterStatus => ({
    online: faults.online ?? healthy.online,
    cover: faults.cover ?? healthy.cover,
    paper: faults.paper ?? healthy.paper,
    cutter: faults.cutter ?? healthy.cutter,
  })

  function send({ socket }: Connection, bytes: Buffer): void {
    if (!faults.mute && socket.writable) socket.write(bytes)
  }

  function arrived(from: Connection, command: Command): void {
    if (command.kind !== 'status-request') {
      queue.push({ from, command })
      return
    }
    const byte = realTimeStatus(command.n, status())
    if (byte !== undefined) send(from, Buffer.from([byte]))
  }

  /** Works the queue off as far as the printer's state allows. */
  function work(): void {
    while (!printing) {
      const [task] = queue
      if (!task || !canPrint(status())) return
      if (task.command.kind === 'cut' && status().cutter === 'error') return
      queue.shift()
      perform(task)
      if (task.command.kind === 'raster' && faults.msPerBand) {
        printing = runtime.after(faults.msPerBand, () => {
          printing = undefined
          work()
        })
      }
    }
  }

  function perform({ from, command }: Task): void {
    if (command.kind === 'process-id' && faults.processId === 'absent') return
    const job = command.kind === 'gone' ? paper.tear() : paper.take(command)
    if (job) finished(job)
    if (command.kind === 'process-id') send(from, Buffer.from([0x37, 0x22, ...command.id, 0x00]))
    if (command.kind === 'transmit-status' && command.n % 0x30 === 1) send(from, Buffer.from([paperSensors(status())]))
    // Epson's reference on GS a: it stays on until ESC @.
    if (command.kind === 'init') from.automatic = false
    if (command.kind === 'automatic-status') {
      from.automatic = command.mask !== 0
      if (from.automatic) send(from, automaticStatus(status()))
    }
  }

  function finished(job: PrintedJob): void {
    jobs.push(job)
    onJob?.(job)
    const waiter = waiting.shift()
    if (!waiter) return
    given += 1
    waiter.resolve(job)
  }

  const server = createServer({ noDelay: true }, (socket) => {
    const connection: Connection = { socket, automatic: false }
    const decoder = createDecoder()
    let taken = 0
    connections.add(connection)
    socket.on('data', (bytes) => {
      const room = (faults.hangUpAfter ?? Number.POSITIVE_INFINITY) - taken
      taken += bytes.length
      for (const command of decoder.push(bytes.subarray(0, Math.max(0, room)))) arrived(connection, command)
      work()
      if (bytes.length >= room) socket.destroy()
    })
    // A peer that vanishes is part of a printer's life; `close` follows.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      connections.delete(connection)
      for (const command of decoder.end()) arrived(connection, command)
      queue.push({ from: connection, command: { kind: 'gone' } })
      work()
    })
  })
  const port = await listenOn(server, { host, port: options.port ?? 0 })

  return {
    host,
    port,
    jobs,
    nextJob() {
      const job = jobs[given]
      if (job) {
        given += 1
        return Promise.resolve(job)
      }
      if (!server.listening) return Promise.reject(closedError())
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    setFaults(next) {
      const before = automaticStatus(status())
      faults = next
      const now = automaticStatus(status())
      if (!now.equals(before)) for (const connection of connections) if (connection.automatic) send(connection, now)
      work()
    },
    async close() {
      if (!server.listening) return
      printing?.()
      for (const { reject } of waiting.splice(0)) reject(closedError())
      const closed = once(server, 'close')
      server.close()
      for (const { socket } of connections) socket.destroy()
      await closed
    },
  }
}

const closedError = (): VafaError =>
  new VafaError({ key: 'printer.closed', message: 'The virtual printer was closed before it printed another job.' })
