import type { Duplex } from 'node:stream'

/** A PUBACK's (MQTT 3.1.1, section 3.4). */
const ackBytes = 4

/**
 * Lets one acknowledgement at a time wait for company, `ms` at most: it then leaves in one write with the next message.
 * Nobody here waits for a PUBACK (only the club's reply settles a fact), but each one written alone wakes the other
 * process in the very moment in which both have better to do. For streams that are corked around each packet, as
 * mqtt-packet does.
 */
export function delayAcks(stream: Duplex, ms: number): void {
  const uncork = stream.uncork.bind(stream)
  let held = false
  let timer: NodeJS.Timeout | undefined
  const release = () => {
    clearTimeout(timer)
    timer = undefined
    if (!held) return
    held = false
    uncork()
  }
  stream.uncork = () => {
    if (!held && stream.writableLength === ackBytes && !stream.writableEnded) {
      held = true
      timer = setTimeout(release, ms)
      return
    }
    release()
    uncork()
  }
  stream.once('close', () => clearTimeout(timer))
}
