import type { Connection } from '#drivers/contract.ts'
import { magstripeHidOver } from '#drivers/magstripe-hid/driver.ts'
import { type MsrModel, type MsrReader, plugMsrReader } from '#simulators/hid/msr-reader.ts'
import { createVirtualHid } from '#simulators/hid/virtual-hid.ts'
import { conformance, type World } from './conformance.ts'

for (const [model, options] of [
  ['magtek', {}],
  ['standard', {}],
  ['keyboard', { mode: 'keyboard', device: { vendor: '0801', product: '0001' } }],
] as const satisfies [MsrModel, object][]) {
  const hid = createVirtualHid()
  let cards = 0
  const world = async (): Promise<World> => {
    let reader: MsrReader | undefined
    const there = () => {
      if (!reader) throw new Error('no reader is plugged in')
      return reader
    }
    const vanish = async () => {
      await reader?.close()
      reader = undefined
    }
    return {
      options: { ...options, prefixes: ['9871'] },
      async appear() {
        reader = plugMsrReader(hid, { model })
      },
      vanish,
      garbage: async () => there().garbage(),
      async use(_: Connection, host) {
        cards += 1
        const number = String(9_871_000_000_000_000n + BigInt(cards))
        await there().swipe({ number })
        await host.event('credential', ({ credential }) => credential.kind === 'magstripe' && credential.value === number)
      },
      end: vanish,
    }
  }
  conformance(`a card reader (${model})`, { driver: magstripeHidOver(hid.transport), world })
}
