import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startVirtualPrinter, type VirtualPrinter } from './virtual-printer.ts'

const reset = [0x1b, 0x40]
const cut = [0x1d, 0x56, 66, 0]
const askState = [1, 2, 3, 4].flatMap((n) => [0x10, 0x04, n])
const askQueued = [0x1d, 0x72, 1]
const automaticOn = [0x1d, 0x61, 0x0f]
const processId = [0x1d, 0x28, 0x48, 6, 0, 0x30, 0x30, 0x20, 0x21, 0x22, 0x7e]
const processIdAnswer = [0x37, 0x22, 0x20, 0x21, 0x22, 0x7e, 0x00]
const text = (line: string): number[] => [...Buffer.from(`${line}\n`, 'latin1')]
/** Two rows of 16 dots. */
const picture = [0x1d, 0x76, 0x30, 0, 2, 0, 2, 0, 0xff, 0x00, 0x0f, 0xf0]

describe('a printer on the network', () => {
  let printer: VirtualPrinter
  let socket: Socket
  let received: number[]

  beforeEach(async () => {
    printer = await startVirtualPrinter()
    await dial()
  })
  afterEach(async () => {
    socket.destroy()
    await printer.close()
  })

  async function dial(): Promise<void> {
    received = []
    socket = connect({ host: printer.host, port: printer.port, noDelay: true })
    socket.on('data', (bytes) => received.push(...bytes))
    socket.on('error', () => socket.destroy())
    await once(socket, 'connect')
  }
  const send = (...parts: number[][]): void => {
    socket.write(Uint8Array.from(parts.flat()))
  }
  const answered = (bytes: number[]) => expect.poll(() => received).toEqual(bytes)

  test('prints text and pictures, and a cut ends the job', async () => {
    send(reset, text('Hello'), picture, cut, text('Next'), cut)
    const job = await printer.nextJob()
    expect(job).toMatchObject({ text: ['Hello'], cut: 'partial', complete: true })
    expect(job.bands).toEqual([{ width: 16, height: 2, data: Uint8Array.from([0xff, 0x00, 0x0f, 0xf0]) }])
    expect((await printer.nextJob()).text).toEqual(['Next'])
    expect(printer.jobs).toHaveLength(2)
  })

  test('loses what lies beyond the edge of its paper', async () => {
    await printer.close()
    printer = await startVirtualPrinter({ width: 8, columns: 4 })
    await dial()
    send(text('abcdef'), picture, cut)
    const job = await printer.nextJob()
    expect(job.bands).toEqual([{ width: 8, height: 2, data: Uint8Array.from([0xff, 0x0f]) }])
    expect(job.text).toEqual(['abcd', 'ef'])
  })

  test('says that it is well, and confirms a job when it is on paper', async () => {
    send(askState)
    await answered([0x12, 0x12, 0x12, 0x12])
    received = []
    send(picture, cut, processId, askQueued)
    await answered([...processIdAnswer, 0x00])
    expect(printer.jobs).toHaveLength(1)
  })

  test.each([
    ['its paper is low', { paper: 'near-end' }, [0x12, 0x12, 0x12, 0x1e]],
    ['its paper is at an end', { paper: 'end' }, [0x1a, 0x32, 0x12, 0x7e]],
    ['its cover is open', { cover: 'open' }, [0x1a, 0x16, 0x12, 0x12]],
    ['its cutter is stuck', { cutter: 'error' }, [0x1a, 0x52, 0x1a, 0x12]],
    ['it is off line', { online: false }, [0x1a, 0x12, 0x12, 0x12]],
  ] as const)('says when asked that %s', async (_, faults, bytes) => {
    printer.setFaults(faults)
    send(askState)
    await answered([...bytes])
  })

  test('reports changes by itself once it has been asked to, until it is reset', async () => {
    send(automaticOn)
    await answered([0x10, 0, 0, 0])
    printer.setFaults({ cover: 'open' })
    await answered([0x10, 0, 0, 0, 0x38, 0, 0, 0])
    printer.setFaults({ paper: 'near-end' })
    await answered([0x10, 0, 0, 0, 0x38, 0, 0, 0, 0x10, 0, 0x03, 0])
    received = []
    send(reset, askQueued)
    await answered([0x03])
    printer.setFaults({})
    send(askQueued)
    await answered([0x03, 0x00])
  })

  test('stops where its paper ends, confirms nothing, and goes on when there is new paper', async () => {
    printer.setFaults({ paper: 'end' })
    send(picture, cut, processId, askState)
    await answered([0x1a, 0x32, 0x12, 0x7e])
    expect(printer.jobs).toHaveLength(0)
    printer.setFaults({})
    await answered([0x1a, 0x32, 0x12, 0x7e, ...processIdAnswer])
    expect(printer.jobs).toHaveLength(1)
  })

  test('with a stuck cutter prints, but neither cuts nor confirms', async () => {
    printer.setFaults({ cutter: 'error' })
    send(picture, askQueued, cut, processId, askState)
    await expect.poll(() => received).toHaveLength(5)
    expect(received).toEqual(expect.arrayContaining([0x00, 0x1a, 0x52]))
    printer.setFaults({})
    await expect.poll(() => received.slice(5)).toEqual(processIdAnswer)
  })

  test('that is mute prints and never answers', async () => {
    printer.setFaults({ mute: true })
    send(automaticOn, askState, picture, cut, processId)
    expect((await printer.nextJob()).bands).toHaveLength(1)
    printer.setFaults({})
    send([0x10, 0x04, 1])
    await expect.poll(() => received.at(-1)).toBe(0x12)
    expect(received.join()).not.toContain(processIdAnswer.join())
  })

  test('that is a clone knows no process id and answers the question behind the job', async () => {
    printer.setFaults({ processId: 'absent' })
    send(picture, processId, cut, processId, askQueued)
    await answered([0x00])
    expect(printer.jobs).toHaveLength(1)
  })

  test('that hangs up in the middle leaves a torn receipt', async () => {
    printer.setFaults({ hangUpAfter: picture.length + 3 })
    const closed = once(socket, 'close')
    send(picture, picture, cut)
    await closed
    const job = await printer.nextJob()
    expect(job).toMatchObject({ cut: 'none', complete: false })
    expect(job.bands).toHaveLength(1)
    printer.setFaults({})
    await dial()
    send(picture, cut, processId)
    await answered(processIdAnswer)
    expect(printer.jobs.at(-1)).toMatchObject({ complete: true })
  })

  test('that is slow answers late for the job and at once for its state', async () => {
    printer.setFaults({ msPerBand: 60 })
    send(picture, picture, cut, processId, [0x10, 0x04, 1])
    await answered([0x12, ...processIdAnswer])
  })

  test('lets go of whoever waits for a job when it is closed', async () => {
    const job = printer.nextJob()
    const refused = expect(job).rejects.toMatchObject({ key: 'printer.closed' })
    await printer.close()
    await refused
    await expect(printer.nextJob()).rejects.toMatchObject({ key: 'printer.closed' })
  })
})
