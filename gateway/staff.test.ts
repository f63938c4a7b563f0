import { expect, it } from 'vitest'
import { silentLogger } from '#runtime/log.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { createStaffDesk, hashPin, isPin } from './staff.ts'

const hash = await hashPin('246810')

function desk() {
  let now = 0
  const pass = (ms: number) => {
    now += ms
  }
  const asked: string[] = []
  const attend = createStaffDesk({
    hash: () => hash,
    world: () => ({
      devices: () => [],
      testPrint: async (lane) => {
        asked.push(`print ${lane}`)
        return {}
      },
      doctor: async () => [{ subject: 'club', status: 'ok', detail: 'it answers' }],
    }),
    runtime: { ...systemRuntime, monotonic: () => now },
    log: silentLogger,
  })
  const ask = (pin: string, what: 'devices' | 'test-print' | 'doctor' = 'devices') =>
    attend({ op: 'staff', id: 's-1', pin, ask: what }, 'kiosk-1')
  return { ask, asked, pass }
}

it('a PIN is kept so that the file does not say it, and is known again', async () => {
  expect(hash).not.toContain('246810')
  expect(await isPin('246810', hash)).toBe(true)
  expect(await isPin('246811', hash)).toBe(false)
  expect(await isPin('246810', 'nonsense')).toBe(false)
  await expect(hashPin('123')).rejects.toMatchObject({ key: 'pin.invalid' })
})

it('the right PIN has devices shown, a slip printed on the lane’s own printer, and the doctor asked', async () => {
  const { ask, asked } = desk()
  expect(await ask('246810')).toMatchObject({ op: 'staff', devices: [] })
  expect(await ask('246810', 'test-print')).toMatchObject({ printed: true })
  expect(await ask('246810', 'doctor')).toMatchObject({ findings: [{ subject: 'club', status: 'ok' }] })
  expect(asked).toEqual(['print kiosk-1'])
})

it('after five wrong PINs the right one is refused too, until a minute has passed; many at once are no more than five', async () => {
  const { ask, pass } = desk()
  await Promise.all(Array.from({ length: 12 }, (_, n) => ask(`11111${n % 10}`)))
  expect(await ask('246810')).toMatchObject({ op: 'error', error: { key: 'staff.refused' } })
  pass(60_000)
  expect(await ask('246810')).toMatchObject({ op: 'staff' })
})
