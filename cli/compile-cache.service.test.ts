import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { builtPages } from './built-pages.ts'

it('compiles the daemons at `vafa init`, so that their first start compiles next to nothing', async () => {
  // In a fresh checkout the club builds its pages first, with the builder's own thousand files.
  builtPages()
  const folder = mkdtempSync(join(tmpdir(), 'vafa-compiled-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const cache = join(folder, 'cache')
  const env = { VAFA_COMPILE_CACHE: cache, VAFA_LOG: 'warn' }
  const compiled = () => readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length

  const init = startVafa(['init', join(folder, 'my-club'), '--port', String(await freePort())], env)
  expect(await init.ended).toBe(0)
  const before = compiled()
  const club = startVafa(['club', '-c', join(folder, 'my-club/club.yaml')], env)
  onTestFinished(async () => void (await club.stop()))
  await club.line(/^ready:/)
  await club.stop()
  expect(before).toBeGreaterThan(200)
  expect(compiled() - before).toBeLessThan(20)
}, 60_000)
