import { type ChildProcess, fork } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Bitmap } from '#protocol/bitmap.ts'
import type { ReceiptDocument } from '#protocol/receipt.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import type { Cancel, Runtime } from '#runtime/runtime.ts'
import type { RasterOptions } from './raster.ts'
import type { RasterRequest, RasterResponse } from './raster-child.ts'

export interface Rasteriser {
  /** Starts the drawing process ahead of need (about 200 ms): call it when a sale opens. */
  warm(): void
  /**
   * Draws a receipt, one at a time. Rejects with a `VafaError`: retryable where the process died or took too long,
   * permanent where the document cannot be drawn.
   */
  render(document: ReceiptDocument, options: RasterOptions): Promise<Bitmap[]>
  /** Rejects what is waiting and ends the process. */
  close(): Promise<void>
}

interface Job {
  request: RasterRequest
  resolve(bands: Bitmap[]): void
  reject(error: VafaError): void
}

const jobLimitMs = 5_000
const endLimitMs = 1_000
/** How much of a dying process' standard error goes into the log. */
const stderrKept = 2_000

const childPath = fileURLToPath(new URL('./raster-child.ts', import.meta.url))

/**
 * Draws receipts in a process that is started on demand and ended after `idleMs` (30 s) without work, so that the
 * daemon does not carry Skia's memory.
 */
export function createRasteriser(options: { runtime: Runtime; log: Logger; idleMs?: number }): Rasteriser {
  const { runtime, log, idleMs = 30_000 } = options
  const queue: Job[] = []
  const ending = new Set<Promise<void>>()
  let current: Job | undefined
  let child: ChildProcess | undefined
  let cancelTimer: Cancel = () => {}
  let jobs = 0
  let closed = false

  function start(): ChildProcess {
    const started = fork(childPath, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...compileCache() },
    })
    let stderr = ''
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrKept)
    })
    started.on('message', (response: RasterResponse) => settle(response))
    started.on('error', (cause) => gone(started, `could not run (${cause.message})`, stderr))
    started.on('exit', (code, signal) => gone(started, `ended by itself (${signal ?? `exit code ${code}`})`, stderr))
    return started
  }

  /** The process is no longer there, and nobody had asked it to end. */
  function gone(which: ChildProcess, how: string, stderr: string): void {
    if (which !== child) return
    child = undefined
    log.warn({ how, stderr, drawing: current !== undefined }, 'the process that draws receipts is gone')
    fail({ key: 'receipt.rasteriser-died', message: `The process that draws receipts ${how}.` })
  }

  function fail(reason: { key: string; message: string }): void {
    const failed = current
    current = undefined
    cancelTimer()
    failed?.reject(new VafaError({ ...reason, hint: 'Print the receipt again.', permanent: false }))
    next()
  }

  function settle(response: RasterResponse): void {
    if (!current || response.job !== current.request.job) return
    const done = current
    current = undefined
    cancelTimer()
    if ('bands' in response) done.resolve(response.bands)
    else done.reject(new VafaError(response.error))
    next()
  }

  function next(): void {
    if (current) return
    current = queue.shift()
    if (!current) {
      if (child) cancelTimer = runtime.after(idleMs, end)
      return
    }
    child ??= start()
    cancelTimer()
    cancelTimer = runtime.after(jobLimitMs, overdue)
    child.send(current.request)
  }

  function overdue(): void {
    const late = child
    child = undefined
    late?.kill('SIGKILL')
    log.warn({ limitMs: jobLimitMs }, 'drawing a receipt took too long; its process was killed')
    fail({ key: 'receipt.rasteriser-slow', message: `Drawing the receipt took more than ${jobLimitMs / 1_000} s.` })
  }

  /** Lets the process go: it ends when its channel closes. */
  function end(): void {
    const old = child
    child = undefined
    if (!old) return
    const cancelKill = runtime.after(endLimitMs, () => old.kill('SIGKILL'))
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    ending.add(ended)
    old.once('exit', () => {
      cancelKill()
      ending.delete(ended)
      resolve()
    })
    if (old.connected) old.disconnect()
  }

  return {
    warm() {
      if (closed || current) return
      child ??= start()
      cancelTimer()
      cancelTimer = runtime.after(idleMs, end)
    },
    render: (document, rasterOptions) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(closedError())
        jobs += 1
        queue.push({ request: { job: jobs, document, options: rasterOptions }, resolve, reject })
        next()
      }),
    async close() {
      closed = true
      cancelTimer()
      for (const job of [...(current ? [current] : []), ...queue.splice(0)]) job.reject(closedError())
      current = undefined
      end()
      await Promise.all(ending)
    },
  }
}

/** The daemon's compile cache, where it has one: without it half of the start goes into reading TypeScript. */
function compileCache(): { NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir()
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder }
}

const closedError = (): VafaError =>
  new VafaError({ key: 'receipt.rasteriser-closed', message: 'Receipts are no longer drawn: the program is ending.' })
