import type { Connection } from '#drivers/contract.ts'
import { scannerHidOver } from '#drivers/scanner-hid/driver.ts'
import { type HidScanner, type HidScannerMode, plugHidScanner } from '#simulators/hid/hid-scanner.ts'
import { createVirtualHid } from '#simulators/hid/virtual-hid.ts'
import { conformance, type World } from './conformance.ts'

/** No machine that builds has `uhid`: these devices are played at the seam; the kernel's side is in hidraw.test.ts. */
for (const [mode, options] of [
  ['hid-pos', {}],
  ['keyboard', { mode: 'keyboard', device: { vendor: '05e0', product: '1200' } }],
] as const satisfies [HidScannerMode, object][]) {
  const hid = createVirtualHid()
  let codes = 0
  const world = async (): Promise<World> => {
    let scanner: HidScanner | undefined
    const there = () => {
      if (!scanner) throw new Error('no scanner is plugged in')
      return scanner
    }
    const vanish = async () => {
      await scanner?.close()
      scanner = undefined
    }
    return {
      options,
      async appear() {
        scanner = plugHidScanner(hid, { mode })
      },
      vanish,
      garbage: async () => there().garbage(),
      async use(_: Connection, host) {
        codes += 1
        const code = `62610000${codes}`
        await there().scan(code)
        await host.event('credential', ({ credential }) => credential.value === code)
      },
      end: vanish,
    }
  }
  conformance(`a USB scanner in ${mode} mode`, { driver: scannerHidOver(hid.transport), world })
}
