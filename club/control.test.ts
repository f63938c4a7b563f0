import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { holdControl, type Operated, reachControl } from './control.ts'

let path: string
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-control-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  path = join(folder, 'data/club.sqlite.sock')
})

/** Of the books only what is asked here. */
const books = { quarantine: async () => [], audit: async () => Promise.reject(new Error('the disk is gone')) }

async function held() {
  const control = await holdControl(path)
  onTestFinished(() => control.close())
  control.serve(books as unknown as Operated)
}

it('is held by one process at a time, and a socket that a killed one left behind is taken over', async () => {
  expect(await reachControl(path)).toBeUndefined()
  const first = await holdControl(path)
  await expect(holdControl(path)).rejects.toMatchObject({ key: 'club.running' })
  await first.close()
  // What is bound to a name and renamed leaves, when it ends, a socket behind that nobody serves.
  const killed = createServer()
  await new Promise<void>((resolve) => killed.listen(`${path}.old`, resolve))
  renameSync(`${path}.old`, path)
  await new Promise((resolve) => killed.close(resolve))
  expect(existsSync(path)).toBe(true)
  const second = await holdControl(path)
  await second.close()
})

it('gives answers, and errors with their sentence', async () => {
  await held()
  const reached = await reachControl(path)
  onTestFinished(() => reached?.close())
  expect(await reached?.quarantine()).toEqual([])
  await expect(reached?.audit()).rejects.toMatchObject({ key: 'club.failed', message: 'the disk is gone' })
  expect(await reached?.quarantine()).toEqual([])
})

it('answers any line with one line, and does only what an operator may', async () => {
  await held()
  const socket = createConnection(path)
  onTestFinished(() => void socket.destroy())
  let text = ''
  let wake = () => {}
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
    wake()
  })
  const answerTo = async (line: string) => {
    text = ''
    socket.write(`${line}\n`)
    while (!text.endsWith('\n')) await new Promise<void>((resolve) => (wake = resolve))
    return JSON.parse(text)
  }
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.string().map((method) => JSON.stringify({ method, args: [] })),
  )
  await fc.assert(
    fc.asyncProperty(line, async (given) => {
      expect((await answerTo(given.replaceAll('\n', ' '))).ok).toBe(false)
    }),
  )
  expect(await answerTo('{"method":"commitBatch","args":[[]]}')).toMatchObject({ ok: false, error: { key: 'club.unsupported' } })
  expect(await answerTo('{"method":"quarantine","args":[]}')).toEqual({ ok: true, value: [] })
})
