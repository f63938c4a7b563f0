/**
 * What a device repeats of what it was told, and so says anew in each replay. Printers give a job's process id back by
 * which the driver knows that it is on paper (Epson, GS ( H fn 48 → 37 22 id 00).
 */
export interface Echoes {
  heard(bytes: Uint8Array): void
  said(bytes: Buffer): Buffer
}

const question = Buffer.from([0x1d, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30])
const idBytes = 4
const answerBytes = 2 + idBytes + 1

const none: Echoes = { heard: () => undefined, said: (bytes) => bytes }

export function echoesOf(driver: string): Echoes {
  if (driver !== 'printer-escpos') return none
  const asked: Buffer[] = []
  let rest = Buffer.alloc(0)
  return {
    heard(bytes) {
      rest = Buffer.concat([rest, bytes])
      for (let at = rest.indexOf(question); at >= 0; at = rest.indexOf(question)) {
        const end = at + question.length + idBytes
        if (rest.length < end) break
        asked.push(Buffer.from(rest.subarray(end - idBytes, end)))
        rest = rest.subarray(end)
      }
      // A question may be cut in two; no picture is kept for that.
      if (rest.indexOf(question) < 0) rest = rest.subarray(-(question.length - 1))
    },
    said(bytes) {
      const out = Buffer.from(bytes)
      for (let at = 0; at + answerBytes <= out.length; at += 1) {
        if (out[at] !== 0x37 || out[at + 1] !== 0x22 || out[at + answerBytes - 1] !== 0) continue
        asked.shift()?.copy(out, at + 2)
        at += answerBytes - 1
      }
      return out
    },
  }
}
