import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '#runtime/log.ts'
import { type Runtime, systemRuntime } from '#runtime/runtime.ts'
import { drawReceipt } from './raster.ts'
import { createRasteriser, type Rasteriser } from './raster-process.ts'
import { sampleReceipts } from './samples.ts'

const options = { language: 'fa', width: 384, timeZone: 'Asia/Tehran' } as const

/** The drawing processes that this one has started, by /proc. */
function drawingProcesses(): number[] {
  const parentOf = (pid: string) => /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return parentOf(pid) === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('raster-child.ts')
      } catch {
        return false // it ended while we looked
      }
    })
    .map(Number)
}

const onlyProcess = (): number => {
  const [pid, ...others] = drawingProcesses()
  if (pid === undefined || others.length > 0) throw new Error(`expected one drawing process, found ${drawingProcesses()}`)
  return pid
}

/** The real runtime, with timers that the test fires by hand. */
function timersByHand(): Runtime & { fire(ms: number): void } {
  const timers = new Set<{ ms: number; callback: () => void }>()
  return {
    ...systemRuntime,
    after(ms, callback) {
      const timer = { ms, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    fire(ms) {
      for (const timer of [...timers]) {
        if (timer.ms !== ms) continue
        timers.delete(timer)
        timer.callback()
      }
    },
  }
}

describe('receipts drawn in a process of their own', () => {
  let runtime: ReturnType<typeof timersByHand>
  let rasteriser: Rasteriser
  beforeEach(() => {
    runtime = timersByHand()
    rasteriser = createRasteriser({ runtime, log: silentLogger, idleMs: 30_000 })
  })
  afterEach(() => rasteriser.close())

  test('come out as if drawn here, each for its own document', async () => {
    const [sale, reversal] = await Promise.all([
      rasteriser.render(sampleReceipts.sale, options),
      rasteriser.render(sampleReceipts.reversal, { ...options, language: 'en' }),
    ])
    expect(sale).toEqual(drawReceipt(sampleReceipts.sale, options))
    expect(reversal).toEqual(drawReceipt(sampleReceipts.reversal, { ...options, language: 'en' }))
  })

  test('use one process, which ends when it has been idle', async () => {
    rasteriser.warm()
    const pid = onlyProcess()
    await rasteriser.render(sampleReceipts.sale, options)
    await rasteriser.render(sampleReceipts.sale, options)
    expect(onlyProcess()).toBe(pid)
    runtime.fire(30_000)
    await expect.poll(drawingProcesses).toEqual([])
    expect(await rasteriser.render(sampleReceipts.sale, options)).not.toEqual([])
  })

  test('are not left waiting by a process that dies: the caller may try again, and a new one draws', async () => {
    rasteriser.warm()
    const pid = onlyProcess()
    const lost = rasteriser.render(sampleReceipts.sale, options)
    const queued = rasteriser.render(sampleReceipts.reversal, options)
    process.kill(pid, 'SIGKILL')
    await expect(lost).rejects.toMatchObject({ key: 'receipt.rasteriser-died', permanent: false })
    expect(await queued).toEqual(drawReceipt(sampleReceipts.reversal, options))
    expect(onlyProcess()).not.toBe(pid)
  })

  test('are given up after five seconds, and the process with them', async () => {
    rasteriser.warm()
    const pid = onlyProcess()
    process.kill(pid, 'SIGSTOP')
    const stuck = rasteriser.render(sampleReceipts.sale, options)
    runtime.fire(5_000)
    await expect(stuck).rejects.toMatchObject({ key: 'receipt.rasteriser-slow', permanent: false })
    await expect.poll(drawingProcesses).not.toContain(pid)
    expect(await rasteriser.render(sampleReceipts.sale, options)).not.toEqual([])
  })

  test('that cannot be drawn are refused for good, and the next one is drawn', async () => {
    const impossible = rasteriser.render(sampleReceipts.sale, { ...options, width: 100 })
    await expect(impossible).rejects.toMatchObject({ key: 'receipt.width', permanent: true })
    expect(await rasteriser.render(sampleReceipts.sale, options)).not.toEqual([])
  })

  test('are refused once closed, and no process stays', async () => {
    const waiting = rasteriser.render(sampleReceipts.sale, options)
    const refused = expect(waiting).rejects.toMatchObject({ key: 'receipt.rasteriser-closed' })
    await rasteriser.close()
    await refused
    await expect(rasteriser.render(sampleReceipts.sale, options)).rejects.toMatchObject({ key: 'receipt.rasteriser-closed' })
    expect(drawingProcesses()).toEqual([])
  })
})
