import type { DeviceHost } from '#drivers/contract.ts'
import { openDesk } from '#drivers/pos-iso8583/desk.ts'
import { posIso8583Options } from '#drivers/pos-iso8583/options.ts'
import { openTerminal } from '#drivers/pos-iso8583/terminals.ts'
import type { Box } from '#gateway/box.ts'
import type { Logger } from '#runtime/log.ts'
import type { Life } from './time.ts'

export const terminalDevice = 'terminals'

export interface TerminalDesk {
  take(bytes: Uint8Array, answer: (bytes: Buffer) => void): void
  close(): void
}

/** The box's end of a POS terminal: the driver's own desk, which reads messages and asks the lane, without its port. */
export function openTerminalDesk(parts: { box: Box; life: Life; store: string; lane: string; log: Logger }): TerminalDesk {
  const { box, life, store, lane, log } = parts
  const options = posIso8583Options.parse({ terminals: [{ terminal: lane, lane, port: 0 }], language: 'en' })
  const host: DeviceHost = {
    ...{ device: terminalDevice, store, runtime: life.runtime, log },
    signal: new AbortController().signal,
    beside: (path) => path,
    memory: box.memories.of(terminalDevice),
    draw: async () => [],
    warm: () => {},
    event(event) {
      if (life.alive) box.lanes.get(lane)?.deviceEvent(terminalDevice, event)
    },
    health: () => {},
  }
  const terminals = options.terminals.map((one) => openTerminal(one, host.beside))
  const [terminal] = terminals
  const desk = openDesk(options, { terminals, host })
  const till = desk.tills.get(lane)
  box.lanes
    .get(lane)
    ?.hardware.changed(terminalDevice, { closed: new Promise(() => {}), close: async () => {}, ...(till ? { till } : {}) })
  return {
    // It is known by the port that it calls.
    take: (bytes, answer) => desk.take(bytes, { answer, ...(terminal ? { terminal } : {}) }),
    close: desk.close,
  }
}
