import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '#runtime/log.ts'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import { openGatewayDatabase } from './database.ts'
import { openDeviceMemories } from './device-memory.ts'

const dayMs = 24 * 3_600_000

it('a device remembers over a restart for a week, and each one its own', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-memory-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const runtime = createVirtualRuntime()
  const open = () => {
    const disk = openGatewayDatabase(join(folder, 'gateway.sqlite'))
    const memories = openDeviceMemories({ ...disk, runtime, log: silentLogger })
    return {
      till: memories.of('till-1'),
      other: memories.of('till-2'),
      close() {
        memories.close()
        disk.database.close()
      },
    }
  }
  const first = open()
  first.till.keep('k', 'one')
  first.till.keep('k', 'two')
  first.close()

  const second = open()
  expect(second.till.find('k')).toBe('two')
  expect(second.other.find('k')).toBeUndefined()
  await runtime.advance(6 * dayMs)
  expect(second.till.find('k')).toBe('two')
  await runtime.advance(2 * dayMs)
  expect(second.till.find('k')).toBeUndefined()
  second.close()
})
