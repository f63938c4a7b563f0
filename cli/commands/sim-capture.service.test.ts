import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cutBytes, receiptBytes, rulesOf } from '#simulators/paper-till/receipts.ts'
import { freePort } from '#simulators/process/free-port.ts'

const run = promisify(execFile)
const vafa = ['cli/vafa.js', 'sim', 'capture']
let folder: string
const at = (name: string) => join(folder, name)
const receipt = receiptBytes({ number: '80712', items: [{ name: 'قهوه', quantity: 2, amount: 900_000 }] }, 'dos')

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vafa-capture-'))
  await writeFile(at('rules.yaml'), rulesOf.dos)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('vafa sim capture', () => {
  test('shows the lines of a capture and what the rules find, in Persian', async () => {
    await writeFile(at('till.bin'), Buffer.concat([receipt, cutBytes.plain, receipt]))
    const { stdout } = await run(process.execPath, [...vafa, at('till.bin'), '--rules', at('rules.yaml')])
    expect(stdout).toContain('شماره فاکتور: 80712')
    expect(stdout).toContain('→ مبلغ (ریال): 900,000')
    expect(stdout).toContain('2 × قهوه')
    expect(stdout).toContain('نیمهٔ یک رسید')
  })

  test('without rules it shows the lines, to write some by', async () => {
    await writeFile(at('till.bin'), Buffer.concat([receiptBytes({ number: '7', items: [], total: 5 }, 'latin'), cutBytes.old]))
    const { stdout } = await run(process.execPath, [...vafa, at('till.bin'), '--language', 'en'])
    expect(stdout).toContain('Receipt No: 7')
    expect(stdout).toContain('no rules yet')
  })

  test('names the line of a rule that is wrong', async () => {
    await writeFile(at('rules.yaml'), "number: '(\\d+'\ntotal: '(\\d+)'\n")
    await writeFile(at('till.bin'), '')
    await expect(run(process.execPath, [...vafa, at('till.bin'), '--rules', at('rules.yaml')])).rejects.toMatchObject({
      stderr: expect.stringContaining('rules.yaml:1: number:'),
    })
  })

  test('is a till’s printer itself, and keeps what the till sends', async () => {
    const port = await freePort()
    const options = [at('till.bin'), '--rules', at('rules.yaml'), '--listen', String(port), '--json']
    const child = spawn(process.execPath, [...vafa, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]()
    await lines.next()
    await writeFile(at('sent.bin'), Buffer.concat([receipt, cutBytes.plain]))
    await run(process.execPath, ['cli/vafa.js', 'sim', 'print', at('sent.bin'), '--to', `127.0.0.1:${port}`])
    const { value } = await lines.next()
    expect(JSON.parse(String(value))).toMatchObject({ endedBy: 'cut', reading: { kind: 'sale', sale: { number: '80712' } } })
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
    expect(await readFile(at('till.bin'))).toEqual(Buffer.concat([receipt, cutBytes.plain]))
  })
})
